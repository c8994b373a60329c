package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;
import java.util.Arrays;

/** Q4_0 and Q5_0, 32 weights d * q: a float16 d, the fifth bits of the codes if they have any, their nibbles. */
final class SymmetricBlockCodec extends BlockCodec {
    private static final int LENGTH = 32;
    private static final int FIFTH_BITS = 2;

    private final int levels;
    private final boolean fiveBits;
    private final int nibbles;

    private SymmetricBlockCodec(GgmlType type, int bits) {
        super(type);
        this.levels = 1 << bits - 1;
        this.fiveBits = bits == 5;
        this.nibbles = fiveBits ? FIFTH_BITS + Integer.BYTES : FIFTH_BITS;
    }

    static SymmetricBlockCodec q4() {
        return new SymmetricBlockCodec(GgmlType.Q4_0, 4);
    }

    static SymmetricBlockCodec q5() {
        return new SymmetricBlockCodec(GgmlType.Q5_0, 5);
    }

    /** Without importance the weight of largest magnitude becomes code 0, its exact value -levels * d. */
    @Override
    BlockEncoder plainEncoder(int columns) {
        byte[] codes = new byte[LENGTH];
        return (x, at, importance, importanceAt, block) -> {
            float scale = Scales.extreme(x, at, LENGTH) / -levels;
            if (scale != 0 && !Scales.hasInverse(scale)) {
                Arrays.fill(codes, (byte) 0);
            } else {
                float inverse = scale != 0 ? 1 / scale : 0;
                for (int i = 0; i < LENGTH; i++)
                    codes[i] = (byte) Math.min(2 * levels - 1, (int) (x[at + i] * inverse + (levels + 0.5f)));
            }
            store(scale, codes, block);
        };
    }

    @Override
    BlockEncoder weightedEncoder(float[] row, int from, int columns) {
        byte[] codes = new byte[LENGTH];
        float[] weights = new float[LENGTH];
        SymmetricSearch search = new SymmetricSearch(levels);
        float variance = Scales.sumOfSquares(row, from, columns) / columns;
        return (x, at, importance, importanceAt, block) -> {
            Scales.byImportance(x, at, variance, importance, importanceAt, weights);
            store(search.search(x, at, LENGTH, weights, 0, codes, 0), codes, block);
        };
    }

    private void store(float scale, byte[] codes, byte[] block) {
        Half.put(block, 0, scale);
        if (fiveBits) Nibbles.packFifthBits(codes, block, FIFTH_BITS);
        Nibbles.pack(codes, 0, LENGTH, block, nibbles);
    }

    @Override
    void decodeBlock(byte[] block, byte[] codes, float[] row, int to) {
        float scale = Half.get(block, 0);
        Nibbles.unpack(block, nibbles, codes, 0, LENGTH);
        if (fiveBits) Nibbles.unpackFifthBits(block, FIFTH_BITS, codes);
        for (int i = 0; i < LENGTH; i++) row[to + i] = (codes[i] - levels) * scale;
    }
}
