package dev.lutra.kernels.activation;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lutra.kernels.memory.FloatMatrix;
import java.lang.foreign.MemorySegment;

/** The specification of {@link Int8Quantizer}. */
public final class Int8QuantizerScalar implements Int8Quantizer {
    @Override
    public void quantize(FloatMatrix x, Int8Rows out, int from, int to) {
        for (int token = from; token < to; token++) {
            MemorySegment source = x.segment();
            long row = x.offset(token), target = out.offset(token);
            float maximum = Int8Rows.SMALLEST_MAXIMUM;
            for (long k = 0; k < x.columns(); k++)
                maximum = Math.max(maximum, Math.abs(source.get(JAVA_FLOAT, row + k * Float.BYTES)));
            float scale = 127 / maximum;
            int sum = 0;
            for (long k = 0; k < x.columns(); k++) {
                byte q = round(source.get(JAVA_FLOAT, row + k * Float.BYTES), scale);
                out.values().set(JAVA_BYTE, target + k, q);
                sum += q;
            }
            out.setRow(token, scale, sum);
        }
    }

    static byte round(float x, float scale) {
        return (byte) Math.clamp((int) Math.rint(x * scale), -128, 127);
    }
}
