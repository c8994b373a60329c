package dev.lutra.quant.block;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reference vectors made with the ggml library of llama.cpp v0.5.0: {@code input.f32} of 4 rows x 512 columns,
 * {@code imatrix.f32} of 512 columns, and per type the bytes that its quantizer wrote without ({@code .bin}) and with
 * ({@code .imatrix.bin}) importance and the values that its dequantizer read back from the former ({@code .dequant.f32}).
 */
final class Vectors {
    static final int ROWS = 4;
    static final int COLUMNS = 512;

    private Vectors() {}

    static byte[] bytes(String name) {
        try (InputStream in = Vectors.class.getResourceAsStream("vectors/" + name)) {
            if (in == null) throw new IllegalArgumentException("no vector " + name);
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static float[] floats(String name) {
        byte[] bytes = bytes(name);
        float[] values = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }
}
