package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Q6_K: 128 bytes of the codes' low nibbles (in each half of 128, weights i and i + 64 share byte i), 64 bytes of their upper
 * two bits, 16 bytes s, d.
 */
final class Q6KCodec extends SymmetricKCodec {
    /** Blocks searched at once: so many that the widest vectors are rarely left half empty. */
    private static final int BATCH = 8;

    private static final int LEVELS = 32;
    private static final int SCALE_LEVELS = 128;
    private static final int HIGH = LENGTH / 2;
    private static final int SCALES = HIGH + LENGTH / 4;
    private static final int STEP = SCALES + PARTS;

    Q6KCodec() {
        super(GgmlType.Q6_K, LEVELS);
    }

    @Override
    BlockEncoder plainEncoder(int columns) {
        return new Encoder(columns);
    }

    /**
     * Errors weigh by the importance itself, or by x squared. The parts of several blocks are searched at once, when the first
     * of the blocks is asked for.
     */
    private final class Encoder implements BlockEncoder {
        private final float[] squares;
        private final float[] scales;
        private final byte[] codes;
        private final SymmetricSearches search;
        private int blocksLeft;
        private int fitted;
        private int next;

        Encoder(int columns) {
            this.blocksLeft = columns / LENGTH;
            int most = Math.min(blocksLeft, BATCH);
            this.squares = new float[most * LENGTH];
            this.scales = new float[most * PARTS];
            this.codes = new byte[most * LENGTH];
            this.search = SymmetricSearches.of(LEVELS, PART_LENGTH);
        }

        @Override
        public void encode(float[] x, int at, float @Nullable [] importance, int importanceAt, byte[] block) {
            if (next == fitted) fit(x, at, importance, importanceAt);
            int first = next++ * PARTS;
            float extreme = Scales.extreme(scales, first, PARTS);
            if (Math.abs(extreme) < Scales.NEGLIGIBLE) {
                Arrays.fill(block, (byte) 0);
                return;
            }
            float inverse = -SCALE_LEVELS / extreme;
            Half.put(block, STEP, 1 / inverse);
            for (int part = 0; part < PARTS; part++)
                block[SCALES + part] =
                        (byte) Math.min(SCALE_LEVELS - 1, Rounding.nearest(inverse * scales[first + part]));
            refit(x, at, block, codes, first * PART_LENGTH);
            packCodes(codes, first * PART_LENGTH, block);
        }

        private void fit(float[] x, int at, float @Nullable [] importance, int importanceAt) {
            fitted = Math.min(blocksLeft, BATCH);
            blocksLeft -= fitted;
            next = 0;
            if (importance != null) {
                search.search(x, at, fitted * PARTS, importance, importanceAt, codes, scales);
            } else {
                for (int i = 0; i < fitted * LENGTH; i++) squares[i] = x[at + i] * x[at + i];
                search.search(x, at, fitted * PARTS, squares, 0, codes, scales);
            }
        }
    }

    @Override
    int scaleOffset() {
        return STEP;
    }

    @Override
    int scale(byte[] block, int part) {
        return block[SCALES + part];
    }

    @Override
    void packCodes(byte[] codes, int from, byte[] block) {
        for (int half = 0; half < 2; half++) Nibbles.pack(codes, from + 128 * half, 128, block, 64 * half);
        Crumbs.pack(codes, from, 4, block, HIGH);
    }

    @Override
    void unpackCodes(byte[] block, byte[] codes) {
        for (int half = 0; half < 2; half++) Nibbles.unpack(block, 64 * half, codes, 128 * half, 128);
        Crumbs.unpack(block, HIGH, 4, codes);
    }
}
