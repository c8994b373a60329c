package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;
import java.util.Arrays;

/** Q2_K: parts of 16; 16 bytes with s in the low and m in the high nibble, 64 bytes of two-bit codes, d, dmin. */
final class Q2KCodec extends AffineKCodec {
    private static final int PARTS = LENGTH / 16;
    private static final int CODES = PARTS;
    private static final int SCALES = CODES + LENGTH / 4;

    Q2KCodec() {
        super(GgmlType.Q2_K, 16, 3, 15, new AffineSearch.Sweep(-0.5f, 0.1f, 15, true), 1);
    }

    @Override
    void plainWeights(float[] x, int at, float[] weights, int to) {
        for (int i = 0; i < LENGTH; i++) weights[to + i] = Math.abs(x[at + i]);
    }

    @Override
    int scalesOffset() {
        return SCALES;
    }

    @Override
    void packParts(byte[] scales, byte[] minimums, byte[] block) {
        for (int part = 0; part < PARTS; part++) block[part] = (byte) (scales[part] | minimums[part] << 4);
    }

    @Override
    int scale(byte[] block, int part) {
        return block[part] & 0xF;
    }

    @Override
    int minimum(byte[] block, int part) {
        return block[part] >> 4 & 0xF;
    }

    @Override
    void packCodes(byte[] codes, int from, byte[] block) {
        Crumbs.pack(codes, from, 0, block, CODES);
    }

    @Override
    void unpackCodes(byte[] block, byte[] codes) {
        Arrays.fill(codes, (byte) 0);
        Crumbs.unpack(block, CODES, 0, codes);
    }
}
