package dev.lutra.tools.dummy;

import dev.lutra.gguf.names.ExpectedTensor;
import dev.lutra.gguf.names.TensorKind;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.quant.ternary.TernarySource;
import dev.lutra.tools.convert.SourceTensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A tensor whose rows are made when they are read. */
final class RandomTensor implements SourceTensor {
    private static final float BIAS_DEVIATION = 0.02f;

    private final ExpectedTensor expected;
    private final RandomWeights weights;

    RandomTensor(ExpectedTensor expected, long seed, boolean ternaryProjections) {
        this.expected = expected;
        boolean bias = expected.kind() == TensorKind.BIAS;
        // Inputs of unit variance give outputs of unit variance: activations stay finite through any number of layers.
        float deviation = bias ? BIAS_DEVIATION : (float) (1 / Math.sqrt(expected.columns()));
        boolean ternary = ternaryProjections && expected.kind() == TensorKind.PROJECTION;
        weights = new RandomWeights(seed, expected.name(), deviation, ternary);
    }

    ExpectedTensor expected() {
        return expected;
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
        int columns = expected.columns();
        if (expected.kind() == TensorKind.NORM) Arrays.fill(into, 0, Math.multiplyExact(count, columns), 1f);
        else for (int row = 0; row < count; row++) weights.row((long) from + row, into, row * columns, columns);
    }

    @Override
    public Optional<TernarySource> ternary() {
        return Optional.empty();
    }

    @Override
    public Optional<MemorySegment> bytesOf(TensorType wanted) {
        return Optional.empty();
    }

    /** As many bytes as a checkpoint in bfloat16 would have. */
    @Override
    public long storedBytes() {
        return expected.elements() * Short.BYTES;
    }
}
