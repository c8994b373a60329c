package dev.lutra.kernels.dense;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.ffi.InstructionSet;
import dev.lutra.kernels.linear.FloatLinearContract;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.quant.RowCodec;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Under every instruction set of this machine. */
@ParameterizedClass(name = "{0}")
@MethodSource("dev.lutra.kernels.ffi.InstructionSet#all")
class DenseNativeTest extends FloatLinearContract {
    @RegisterExtension
    final InstructionSet isa;

    DenseNativeTest(InstructionSet isa) {
        this.isa = isa;
    }

    @Override
    protected Linear prepare(RowCodec codec, MemorySegment data, int rows, int columns) {
        return new DenseNative(codec.type(), data, rows, columns);
    }

    @Override
    protected GgmlType[] types() {
        return new GgmlType[] {GgmlType.F32, GgmlType.F16, GgmlType.BF16};
    }
}
