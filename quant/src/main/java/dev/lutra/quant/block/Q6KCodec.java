package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Q6_K: 128 bytes of the codes' low nibbles (in each half of 128, weights i and i + 64 share byte i), 64 bytes of their upper
 * two bits, 16 bytes s, d.
 */
final class Q6KCodec extends SymmetricKCodec {
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
        return new Encoder();
    }

    /** Errors weigh by the importance itself, or by x squared. */
    private final class Encoder implements BlockEncoder {
        private final byte[] codes = new byte[LENGTH];
        private final float[] scales = new float[PARTS];
        private final float[] squares = new float[PART_LENGTH];
        private final SymmetricSearch search = new SymmetricSearch(LEVELS);

        @Override
        public void encode(float[] x, int at, float @Nullable [] importance, int importanceAt, byte[] block) {
            for (int part = 0; part < PARTS; part++) {
                int offset = part * PART_LENGTH;
                float[] weights = squares;
                int weightsAt = 0;
                if (importance != null) {
                    weights = importance;
                    weightsAt = importanceAt + offset;
                } else {
                    Scales.squares(x, at + offset, squares);
                }
                scales[part] = search.search(x, at + offset, PART_LENGTH, weights, weightsAt, codes, offset);
            }
            float extreme = Scales.extreme(scales, 0, PARTS);
            if (Math.abs(extreme) < Scales.NEGLIGIBLE) {
                Arrays.fill(block, (byte) 0);
                return;
            }
            float inverse = -SCALE_LEVELS / extreme;
            Half.put(block, STEP, 1 / inverse);
            for (int part = 0; part < PARTS; part++)
                block[SCALES + part] = (byte) Math.min(SCALE_LEVELS - 1, Rounding.nearest(inverse * scales[part]));
            refit(x, at, block, codes);
            packCodes(codes, block);
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
    void packCodes(byte[] codes, byte[] block) {
        for (int half = 0; half < 2; half++) Nibbles.pack(codes, 128 * half, 128, block, 64 * half);
        Crumbs.pack(codes, 0, 4, block, HIGH);
    }

    @Override
    void unpackCodes(byte[] block, byte[] codes) {
        for (int half = 0; half < 2; half++) Nibbles.unpack(block, 64 * half, codes, 128 * half, 128);
        Crumbs.unpack(block, HIGH, 4, codes);
    }
}
