package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;
import java.util.Arrays;

/**
 * Q3_K: 32 bytes of the codes' third bits (bit b of byte i belongs to weight 32 b + i), 64 bytes of their low two bits, 12
 * bytes of six-bit s + 32 (16 low nibbles, then the upper two bits of parts p, p + 4, p + 8 and p + 12 in one byte), d.
 */
final class Q3KCodec extends SymmetricKCodec {
    private static final int LEVELS = 4;
    private static final int SCALE_LEVELS = 32;
    private static final int CODES = LENGTH / 8;
    private static final int SCALES = CODES + LENGTH / 4;
    private static final int STEP = SCALES + 12;

    Q3KCodec() {
        super(GgmlType.Q3_K, LEVELS);
    }

    @Override
    BlockEncoder plainEncoder(int columns) {
        byte[] codes = new byte[LENGTH], partCodes = new byte[PARTS];
        float[] scales = new float[PARTS];
        SymmetricDescent search = new SymmetricDescent(LEVELS);
        return (x, at, importance, importanceAt, block) -> {
            for (int part = 0; part < PARTS; part++)
                scales[part] = search.search(x, at + part * PART_LENGTH, PART_LENGTH, codes, part * PART_LENGTH);
            float extreme = Scales.extreme(scales, 0, PARTS);
            float step = 0;
            Arrays.fill(partCodes, (byte) 0);
            if (extreme != 0) {
                float inverse = -SCALE_LEVELS / extreme;
                for (int part = 0; part < PARTS; part++) {
                    int code = (byte) Rounding.nearest(inverse * scales[part]);
                    partCodes[part] = (byte) (Math.max(-SCALE_LEVELS, Math.min(SCALE_LEVELS - 1, code)) + SCALE_LEVELS);
                }
                step = 1 / inverse;
            }
            finish(x, at, step, partCodes, codes, block);
        };
    }

    @Override
    BlockEncoder weightedEncoder(float[] row, int from, int columns) {
        byte[] codes = new byte[LENGTH], partCodes = new byte[PARTS];
        float[] scales = new float[PARTS], weights = new float[PART_LENGTH], partWeights = new float[PARTS];
        SymmetricSearch search = new SymmetricSearch(LEVELS), partSearch = new SymmetricSearch(SCALE_LEVELS);
        return (x, at, importance, importanceAt, block) -> {
            float variance = 2 * Scales.sumOfSquares(x, at, LENGTH) / LENGTH;
            for (int part = 0; part < PARTS; part++) {
                int offset = part * PART_LENGTH;
                Scales.byImportance(x, at + offset, variance, importance, importanceAt + offset, weights);
                partWeights[part] = Scales.sum(weights, 0, PART_LENGTH);
                scales[part] = search.search(x, at + offset, PART_LENGTH, weights, 0, codes, offset);
            }
            float step = partSearch.search(scales, 0, PARTS, partWeights, 0, partCodes, 0);
            finish(x, at, step, partCodes, codes, block);
        };
    }

    private void finish(float[] x, int at, float step, byte[] partCodes, byte[] codes, byte[] block) {
        Half.put(block, STEP, step);
        packScales(partCodes, block);
        refit(x, at, block, codes, 0);
        packCodes(codes, 0, block);
    }

    private static void packScales(byte[] partCodes, byte[] block) {
        for (int i = 0; i < 8; i++) block[SCALES + i] = (byte) (partCodes[i] & 0xF | (partCodes[i + 8] & 0xF) << 4);
        for (int i = 0; i < 4; i++)
            block[SCALES + 8 + i] = (byte) (partCodes[i] >> 4
                    | partCodes[i + 4] >> 4 << 2
                    | partCodes[i + 8] >> 4 << 4
                    | partCodes[i + 12] >> 4 << 6);
    }

    @Override
    int scaleOffset() {
        return STEP;
    }

    @Override
    int scale(byte[] block, int part) {
        int low = block[SCALES + part % 8] >> part / 8 * 4 & 0xF;
        int high = block[SCALES + 8 + part % 4] >> part / 4 * 2 & 3;
        return (low | high << 4) - SCALE_LEVELS;
    }

    @Override
    void packCodes(byte[] codes, int from, byte[] block) {
        Crumbs.pack(codes, from, 0, block, CODES);
        for (int i = 0; i < LENGTH / 8; i++) {
            int bits = 0;
            for (int b = 0; b < 8; b++) bits |= (codes[from + 32 * b + i] >> 2 & 1) << b;
            block[i] = (byte) bits;
        }
    }

    @Override
    void unpackCodes(byte[] block, byte[] codes) {
        for (int bit = 0; bit < 8; bit++)
            for (int i = 0; i < 32; i++) codes[32 * bit + i] = (byte) ((block[i] >> bit & 1) << 2);
        Crumbs.unpack(block, CODES, 0, codes);
    }
}
