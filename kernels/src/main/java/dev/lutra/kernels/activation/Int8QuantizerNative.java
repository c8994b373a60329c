package dev.lutra.kernels.activation;

import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.memory.FloatMatrix;

/** {@link Int8Quantizer} in C. */
public final class Int8QuantizerNative implements Int8Quantizer {
    private final Int8Struct struct;

    public Int8QuantizerNative() {
        NativeLibrary.get().require();
        struct = new Int8Struct();
    }

    @Override
    public void quantize(FloatMatrix x, Int8Rows out, int from, int to) {
        if (from == to) return;
        Lutra.lutra_int8_quantize(x.segment(), x.stride(), x.columns(), from, to, struct.of(out));
    }
}
