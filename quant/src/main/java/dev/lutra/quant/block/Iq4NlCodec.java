package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;
import org.jspecify.annotations.Nullable;

/** IQ4_NL: 32 weights d * value(q), a float16 d and the nibbles of q. */
final class Iq4NlCodec extends BlockCodec {
    private static final int LENGTH = 32;
    private static final int NIBBLES = 2;

    Iq4NlCodec() {
        super(GgmlType.IQ4_NL);
    }

    @Override
    BlockEncoder plainEncoder(int columns) {
        byte[] codes = new byte[LENGTH];
        float[] weights = new float[LENGTH];
        return (x, at, importance, importanceAt, block) -> {
            weigh(x, at, importance, importanceAt, weights);
            float scale = NonLinear.scale(x, at, weights);
            Half.put(block, 0, scale);
            float inverse = scale != 0 ? 1 / scale : 0;
            for (int i = 0; i < LENGTH; i++) codes[i] = NonLinear.nearest(inverse * x[at + i]);
            Nibbles.pack(codes, 0, LENGTH, block, NIBBLES);
        };
    }

    private static void weigh(float[] x, int at, float @Nullable [] importance, int importanceAt, float[] weights) {
        if (importance == null) {
            Scales.squares(x, at, weights);
        } else {
            float variance = Scales.sumOfSquares(x, at, LENGTH) * (2f / LENGTH);
            Scales.byImportance(x, at, variance, importance, importanceAt, weights);
        }
    }

    @Override
    void decodeBlock(byte[] block, byte[] codes, float[] row, int to) {
        float scale = Half.get(block, 0);
        Nibbles.unpack(block, NIBBLES, codes, 0, LENGTH);
        for (int i = 0; i < LENGTH; i++) row[to + i] = scale * NonLinear.value(codes[i]);
    }
}
