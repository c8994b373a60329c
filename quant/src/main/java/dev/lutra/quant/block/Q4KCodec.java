package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;

/**
 * Q4_K and Q5_K: parts of 32; d, dmin, 12 bytes with six-bit s and m, the fifth bits of the codes if they have any (bit p of
 * byte i belongs to weight i of part p), then the nibbles of parts 0 and 1, 2 and 3, 4 and 5, 6 and 7.
 */
final class Q4KCodec extends AffineKCodec {
    private static final int PARTS = 8;
    private static final int PART_LENGTH = 32;
    private static final int SIX_BITS = 4;
    private static final int FIFTH_BITS = SIX_BITS + 12;

    private final boolean fiveBits;
    private final int nibbles;

    private Q4KCodec(GgmlType type, int bits, AffineSearch.Sweep sweep) {
        super(type, PART_LENGTH, (1 << bits) - 1, 63, sweep, 2);
        this.fiveBits = bits == 5;
        this.nibbles = fiveBits ? FIFTH_BITS + PART_LENGTH : FIFTH_BITS;
    }

    static Q4KCodec q4() {
        return new Q4KCodec(GgmlType.Q4_K, 4, new AffineSearch.Sweep(-1, 0.1f, 20, false));
    }

    static Q4KCodec q5() {
        return new Q4KCodec(GgmlType.Q5_K, 5, new AffineSearch.Sweep(-0.5f, 0.1f, 15, false));
    }

    @Override
    void plainWeights(float[] x, int at, float[] weights, int to) {
        for (int part = 0; part < LENGTH; part += PART_LENGTH) {
            float deviation = (float) Math.sqrt(Scales.sumOfSquares(x, at + part, PART_LENGTH) / PART_LENGTH);
            for (int i = part; i < part + PART_LENGTH; i++) weights[to + i] = deviation + Math.abs(x[at + i]);
        }
    }

    @Override
    int scalesOffset() {
        return 0;
    }

    /**
     * Parts 0 to 3 have s in the low six bits of bytes 0 to 3 and m in those of 4 to 7; parts 4 to 7 have their low nibbles in
     * bytes 8 to 11 (s low, m high) and their upper two bits atop the bytes of part - 4.
     */
    @Override
    void packParts(byte[] scales, byte[] minimums, byte[] block) {
        for (int part = 0; part < PARTS / 2; part++) {
            int s = scales[part + 4], m = minimums[part + 4];
            block[SIX_BITS + part] = (byte) (scales[part] | s >> 4 << 6);
            block[SIX_BITS + 4 + part] = (byte) (minimums[part] | m >> 4 << 6);
            block[SIX_BITS + 8 + part] = (byte) (s & 0xF | (m & 0xF) << 4);
        }
    }

    @Override
    int scale(byte[] block, int part) {
        if (part < 4) return block[SIX_BITS + part] & 63;
        return block[SIX_BITS + 4 + part] & 0xF | (block[SIX_BITS - 4 + part] >> 6 & 3) << 4;
    }

    @Override
    int minimum(byte[] block, int part) {
        if (part < 4) return block[SIX_BITS + 4 + part] & 63;
        return block[SIX_BITS + 4 + part] >> 4 & 0xF | (block[SIX_BITS + part] >> 6 & 3) << 4;
    }

    @Override
    void packCodes(byte[] codes, int from, byte[] block) {
        for (int pair = 0; pair < PARTS / 2; pair++)
            Nibbles.pack(codes, from + 2 * PART_LENGTH * pair, 2 * PART_LENGTH, block, nibbles + PART_LENGTH * pair);
        if (!fiveBits) return;
        for (int i = 0; i < PART_LENGTH; i++) {
            int bits = 0;
            for (int part = 0; part < PARTS; part++) bits |= (codes[from + PART_LENGTH * part + i] >> 4) << part;
            block[FIFTH_BITS + i] = (byte) bits;
        }
    }

    @Override
    void unpackCodes(byte[] block, byte[] codes) {
        for (int pair = 0; pair < PARTS / 2; pair++)
            Nibbles.unpack(block, nibbles + PART_LENGTH * pair, codes, 2 * PART_LENGTH * pair, 2 * PART_LENGTH);
        if (!fiveBits) return;
        for (int part = 0; part < PARTS; part++)
            for (int i = 0; i < PART_LENGTH; i++)
                codes[PART_LENGTH * part + i] |= (byte) ((block[FIFTH_BITS + i] >> part & 1) << 4);
    }
}
