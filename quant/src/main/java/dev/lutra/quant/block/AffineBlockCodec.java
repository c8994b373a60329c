package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;
import java.util.Arrays;

/** Q4_1 and Q5_1, 32 weights d * q + m: float16 d and m, the fifth bits of the codes if they have any, their nibbles. */
final class AffineBlockCodec extends BlockCodec {
    private static final int LENGTH = 32;
    private static final int MINIMUM = 2;
    private static final int FIFTH_BITS = 4;

    private final int levels;
    private final boolean fiveBits;
    private final int nibbles;

    private AffineBlockCodec(GgmlType type, int bits) {
        super(type);
        this.levels = (1 << bits) - 1;
        this.fiveBits = bits == 5;
        this.nibbles = fiveBits ? FIFTH_BITS + Integer.BYTES : FIFTH_BITS;
    }

    static AffineBlockCodec q4() {
        return new AffineBlockCodec(GgmlType.Q4_1, 4);
    }

    static AffineBlockCodec q5() {
        return new AffineBlockCodec(GgmlType.Q5_1, 5);
    }

    /** Without importance the codes divide the range from the smallest to the largest weight evenly. */
    @Override
    BlockEncoder plainEncoder(int columns) {
        byte[] codes = new byte[LENGTH];
        return (x, at, importance, importanceAt, block) -> {
            float min = x[at], max = x[at];
            for (int i = 1; i < LENGTH; i++) {
                float value = x[at + i];
                if (value < min) min = value;
                if (value > max) max = value;
            }
            float scale = (max - min) / levels;
            if (Scales.hasInverse(scale)) {
                float inverse = 1 / scale;
                for (int i = 0; i < LENGTH; i++)
                    codes[i] = (byte) Math.min(levels, (int) ((x[at + i] - min) * inverse + 0.5f));
            } else {
                Arrays.fill(codes, (byte) 0);
            }
            store(scale, min, codes, block);
        };
    }

    @Override
    BlockEncoder weightedEncoder(float[] row, int from, int columns) {
        byte[] codes = new byte[LENGTH];
        float[] weights = new float[LENGTH];
        AffineSearch search = new AffineSearch(levels, LENGTH, AffineSearch.Sweep.WEIGHTED);
        float variance = Scales.sumOfSquares(row, from, columns) / columns;
        return (x, at, importance, importanceAt, block) -> {
            Scales.byImportance(x, at, variance, importance, importanceAt, weights);
            search.search(x, at, weights, 0, codes, 0);
            store(search.scale(), -search.minimum(), codes, block);
        };
    }

    private void store(float scale, float min, byte[] codes, byte[] block) {
        Half.put(block, 0, scale);
        Half.put(block, MINIMUM, min);
        if (fiveBits) Nibbles.packFifthBits(codes, block, FIFTH_BITS);
        Nibbles.pack(codes, 0, LENGTH, block, nibbles);
    }

    @Override
    void decodeBlock(byte[] block, byte[] codes, float[] row, int to) {
        float scale = Half.get(block, 0);
        float min = Half.get(block, MINIMUM);
        Nibbles.unpack(block, nibbles, codes, 0, LENGTH);
        if (fiveBits) Nibbles.unpackFifthBits(block, FIFTH_BITS, codes);
        for (int i = 0; i < LENGTH; i++) row[to + i] = codes[i] * scale + min;
    }
}
