package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;
import org.jspecify.annotations.Nullable;

/**
 * IQ4_XS: 256 weights d * s * value(q) in parts of 32; a float16 d, the upper two bits of s + 32 of all parts in a
 * little-endian word, the low nibbles of s + 32 two to a byte, the nibbles of q part by part.
 */
final class Iq4XsCodec extends BlockCodec {
    private static final int LENGTH = 256;
    private static final int PART_LENGTH = 32;
    private static final int PARTS = LENGTH / PART_LENGTH;
    private static final int SCALE_LEVELS = 32;
    private static final int HIGH = 2;
    private static final int LOW = 4;
    private static final int NIBBLES = LOW + PARTS / 2;

    Iq4XsCodec() {
        super(GgmlType.IQ4_XS);
    }

    @Override
    BlockEncoder plainEncoder(int columns) {
        return new Encoder();
    }

    private static final class Encoder implements BlockEncoder {
        private final byte[] codes = new byte[PART_LENGTH];
        private final float[] scales = new float[PARTS];
        private final float[] weights = new float[PART_LENGTH];

        @Override
        public void encode(float[] x, int at, float @Nullable [] importance, int importanceAt, byte[] block) {
            float variance = Scales.sumOfSquares(x, at, LENGTH) * (2f / LENGTH);
            for (int part = 0; part < PARTS; part++) {
                int offset = part * PART_LENGTH;
                if (importance == null) Scales.squares(x, at + offset, weights);
                else Scales.byImportance(x, at + offset, variance, importance, importanceAt + offset, weights);
                scales[part] = NonLinear.scale(x, at + offset, weights);
            }
            float step = -Scales.extreme(scales, 0, PARTS) / SCALE_LEVELS;
            Half.put(block, 0, step);
            float inverse = step != 0 ? 1 / step : 0;
            int low = 0, high = 0;
            for (int part = 0; part < PARTS; part++) {
                int s = Math.max(-SCALE_LEVELS, Math.min(SCALE_LEVELS - 1, Rounding.nearest(inverse * scales[part])));
                int stored = s + SCALE_LEVELS;
                low |= (stored & 0xF) << 4 * part;
                high |= stored >> 4 << 2 * part;
                packCodes(x, at + part * PART_LENGTH, step * s, block, part);
            }
            for (int i = 0; i < 4; i++) block[LOW + i] = (byte) (low >> 8 * i);
            for (int i = 0; i < 2; i++) block[HIGH + i] = (byte) (high >> 8 * i);
        }

        private void packCodes(float[] x, int at, float scale, byte[] block, int part) {
            float inverse = scale != 0 ? 1 / scale : 0;
            for (int i = 0; i < PART_LENGTH; i++) codes[i] = NonLinear.nearest(inverse * x[at + i]);
            Nibbles.pack(codes, 0, PART_LENGTH, block, NIBBLES + PART_LENGTH / 2 * part);
        }
    }

    @Override
    void decodeBlock(byte[] block, byte[] codes, float[] row, int to) {
        float step = Half.get(block, 0);
        int high = block[HIGH] & 0xFF | (block[HIGH + 1] & 0xFF) << 8;
        for (int part = 0; part < PARTS; part++) {
            int low = block[LOW + part / 2] >> part % 2 * 4 & 0xF;
            float scale = step * ((low | (high >> 2 * part & 3) << 4) - SCALE_LEVELS);
            Nibbles.unpack(block, NIBBLES + PART_LENGTH / 2 * part, codes, 0, PART_LENGTH);
            for (int i = 0; i < PART_LENGTH; i++) row[to + part * PART_LENGTH + i] = scale * NonLinear.value(codes[i]);
        }
    }
}
