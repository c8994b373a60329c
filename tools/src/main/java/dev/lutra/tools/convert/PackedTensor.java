package dev.lutra.tools.convert;

import dev.lutra.gguf.names.ExpectedTensor;
import dev.lutra.gguf.names.TensorKind;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.quant.ternary.PackedBitnet;
import dev.lutra.quant.ternary.TernarySource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A projection of a packed BitNet checkpoint: four trits in a byte. */
final class PackedTensor implements SourceTensor {
    private final ExpectedTensor expected;
    private final PackedBitnet packed;

    PackedTensor(ExpectedTensor expected, PackedBitnet packed) {
        this.expected = expected;
        this.packed = packed;
    }

    @Override
    public String name() {
        return expected.name();
    }

    @Override
    public TensorKind kind() {
        return expected.kind();
    }

    @Override
    public List<Long> dimensions() {
        return Arrays.stream(expected.dimensions()).boxed().toList();
    }

    @Override
    public void readRows(int from, int count, float[] into) {
        readTrits(packed, from, count, into);
    }

    /** Reads ternary rows as floats. */
    static void readTrits(TernarySource source, int from, int count, float[] into) {
        int columns = source.columns(), step = source.rowStep();
        int first = from / step * step, end = Math.min(source.rows(), Math.ceilDiv(from + count, step) * step);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment trits = arena.allocate((long) (end - first) * columns);
            source.readRows(first, end, trits);
            long at = (long) (from - first) * columns;
            for (int row = 0; row < count; row++) {
                float scale = source.rowScale(from + row);
                for (int i = 0; i < columns; i++)
                    into[row * columns + i] = scale * trits.get(ValueLayout.JAVA_BYTE, at++);
            }
        }
    }

    @Override
    public Optional<TernarySource> ternary() {
        return Optional.of(packed);
    }

    @Override
    public Optional<MemorySegment> bytesOf(TensorType wanted) {
        return Optional.empty();
    }

    @Override
    public long storedBytes() {
        return packed.packed().byteSize();
    }
}
