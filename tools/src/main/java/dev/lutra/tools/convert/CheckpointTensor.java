package dev.lutra.tools.convert;

import dev.lutra.gguf.names.ExpectedTensor;
import dev.lutra.gguf.names.TensorKind;
import dev.lutra.gguf.safetensors.Dtype;
import dev.lutra.gguf.safetensors.SafetensorsTensor;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.quant.ternary.TernarySource;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** One tensor of a Hugging Face checkpoint, or all experts' tensors of a kind behind one another. */
final class CheckpointTensor implements SourceTensor {
    private final ExpectedTensor expected;
    private final List<SafetensorsTensor> parts;

    CheckpointTensor(ExpectedTensor expected, List<SafetensorsTensor> parts) {
        this.expected = expected;
        this.parts = List.copyOf(parts);
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
        int rowsPerPart = expected.rows(), columns = expected.columns();
        for (int done = 0; done < count; ) {
            int row = from + done, inPart = row % rowsPerPart;
            int take = Math.min(count - done, rowsPerPart - inPart);
            parts.get(row / rowsPerPart)
                    .readFloats((long) inPart * columns, into, done * columns, Math.multiplyExact(take, columns));
            done += take;
        }
    }

    @Override
    public Optional<TernarySource> ternary() {
        return Optional.empty();
    }

    @Override
    public Optional<MemorySegment> bytesOf(TensorType wanted) {
        Dtype dtype = parts.getFirst().dtype();
        boolean same = dtype == Dtype.F32 && wanted == GgmlType.F32
                || dtype == Dtype.F16 && wanted == GgmlType.F16
                || dtype == Dtype.BF16 && wanted == GgmlType.BF16;
        return same && parts.size() == 1 ? Optional.of(parts.getFirst().data()) : Optional.empty();
    }

    @Override
    public long storedBytes() {
        return parts.stream().mapToLong(SafetensorsTensor::byteSize).sum();
    }
}
