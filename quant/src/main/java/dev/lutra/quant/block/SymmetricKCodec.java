package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;

/**
 * K-quants of 256 weights d * s * q: parts of 16 weights have a small signed integer s, the block a float16 d. Subclasses lay
 * out the integers and search for the scales.
 */
abstract class SymmetricKCodec extends BlockCodec {
    static final int LENGTH = 256;
    static final int PART_LENGTH = 16;
    static final int PARTS = LENGTH / PART_LENGTH;

    private final int levels;

    /** @param levels codes q range from -levels to levels - 1 */
    SymmetricKCodec(GgmlType type, int levels) {
        super(type);
        this.levels = levels;
    }

    /** Byte offset of d. */
    abstract int scaleOffset();

    /** s of a part. */
    abstract int scale(byte[] block, int part);

    /** Stores 256 values q + levels from {@code from} on. */
    abstract void packCodes(byte[] codes, int from, byte[] block);

    abstract void unpackCodes(byte[] block, byte[] codes);

    /**
     * Sets the 256 codes q + levels from {@code to} on to those nearest to the weights under the scales as stored; a part whose scale is stored as 0 keeps its own.
     */
    final void refit(float[] x, int at, byte[] block, byte[] codes, int to) {
        float step = Half.get(block, scaleOffset());
        for (int part = 0; part < PARTS; part++) {
            float scale = step * scale(block, part);
            if (scale == 0) continue;
            for (int i = part * PART_LENGTH; i < (part + 1) * PART_LENGTH; i++) {
                int code = Rounding.nearest(x[at + i] / scale);
                codes[to + i] = (byte) (levels + Math.max(-levels, Math.min(levels - 1, code)));
            }
        }
    }

    @Override
    final void decodeBlock(byte[] block, byte[] codes, float[] row, int to) {
        unpackCodes(block, codes);
        float step = Half.get(block, scaleOffset());
        for (int part = 0; part < PARTS; part++) {
            float scale = step * scale(block, part);
            for (int i = part * PART_LENGTH; i < (part + 1) * PART_LENGTH; i++)
                row[to + i] = scale * (codes[i] - levels);
        }
    }
}
