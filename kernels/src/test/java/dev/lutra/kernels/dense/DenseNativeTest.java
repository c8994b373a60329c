package dev.lutra.kernels.dense;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.linear.FloatLinearContract;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.quant.RowCodec;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Under every instruction set of this machine. */
@ParameterizedClass(name = "{0}")
@MethodSource("isas")
class DenseNativeTest extends FloatLinearContract {
    private final String isa;

    DenseNativeTest(String isa) {
        this.isa = isa;
    }

    static List<String> isas() {
        NativeLibrary library = NativeLibrary.get();
        return library.isAvailable() ? library.isas() : List.of("scalar");
    }

    @Override
    protected Linear prepare(RowCodec codec, MemorySegment data, int rows, int columns) {
        NativeLibrary library = NativeLibrary.get();
        Assumptions.assumeTrue(library.isAvailable(), () -> "native kernels: " + library.failure());
        Assumptions.assumeTrue(library.use(isa), () -> "this build has no kernels for " + isa);
        return new DenseNative(codec.type(), data, rows, columns);
    }

    @Override
    protected GgmlType[] types() {
        return new GgmlType[] {GgmlType.F32, GgmlType.F16, GgmlType.BF16};
    }

    @AfterEach
    void useTheBest() {
        NativeLibrary library = NativeLibrary.get();
        if (library.isAvailable()) library.use(library.isas().getLast());
    }
}
