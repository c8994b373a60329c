package dev.lutra.tools.convert;

import dev.lutra.engine.weights.GgufWeights;
import dev.lutra.engine.weights.WeightTensor;
import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.file.GgufTensor;
import dev.lutra.gguf.names.StackedTensor;
import dev.lutra.gguf.type.RuntimeType;
import dev.lutra.gguf.write.GgufPlan;
import dev.lutra.gguf.write.GgufPlanBuilder;
import dev.lutra.gguf.write.GgufWriter;
import dev.lutra.gguf.write.TensorSpec;
import dev.lutra.gguf.write.WriteOptions;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.DigitSource;
import dev.lutra.kernels.ternary.NativeLayout;
import dev.lutra.kernels.ternary.SpecialKernels;
import dev.lutra.kernels.ternary.TernaryNative;
import dev.lutra.quant.ternary.I2sLayout;
import dev.lutra.tools.report.Progress;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes a model with its ternary matrices in the layout of the native kernels, stacked as the engine multiplies them: such a
 * file is mapped and run with no work at load. Everything else is copied.
 */
public final class Repacker {
    /** Tensor data begin at multiples of what the kernels load at once. */
    private static final int ALIGNMENT = 64;

    /** A tensor of the output: sources that are laid out, or one that is copied. */
    private record Item(
            TensorSpec spec,
            List<WeightTensor> sources,
            @Nullable NativeLayout layout) {}

    private final GgufFile file;
    private final GgufWeights weights;
    private final Team team;
    private final @Nullable NativeLayout wanted;
    private final List<Item> items = new ArrayList<>();
    private final GgufPlan plan;

    /**
     * Plans the file.
     *
     * @param wanted the layout of all matrices, or null for the one to take on this machine
     */
    public Repacker(GgufFile file, I2sLayout i2sLayout, @Nullable NativeLayout wanted, Team team) {
        this.file = file;
        this.team = team;
        this.wanted = wanted;
        weights = new GgufWeights(file, team, i2sLayout);
        Set<String> stacked = new HashSet<>();
        for (GgufTensor tensor : file.tensors()) {
            if (stacked.contains(tensor.name())) continue;
            List<WeightTensor> group = group(tensor);
            group.forEach(part -> stacked.add(part.name()));
            items.add(group.isEmpty() ? new Item(TensorSpec.copyOf(tensor), List.of(), null) : packed(group));
        }
        GgufPlanBuilder builder = GgufPlan.builder(file.metadata()).alignment(ALIGNMENT);
        items.forEach(item -> builder.tensor(item.spec));
        plan = builder.build();
    }

    /** The tensors that become one with {@code tensor}: its whole stack, itself alone, or none when it is no ternary matrix. */
    private List<WeightTensor> group(GgufTensor tensor) {
        WeightTensor first = weights.require(tensor.name());
        if (!isMatrix(first)) return List.of();
        String prefix = StackedTensor.prefix(tensor.name());
        Optional<StackedTensor> stack = StackedTensor.ofPart(tensor.name());
        if (stack.isEmpty()) return List.of(first);
        List<WeightTensor> parts = stack.get().parts(prefix).stream()
                .flatMap(name -> weights.find(name).stream())
                .toList();
        boolean alike = parts.size() == stack.get().parts(prefix).size()
                && parts.stream().allMatch(part -> isMatrix(part) && part.type().equals(first.type()));
        // what cannot be stacked keeps its own name and type: a layer has either the parts or the whole
        return alike ? parts : List.of();
    }

    private boolean isMatrix(WeightTensor tensor) {
        // embeddings are looked up by row, in the format that the file has
        return !StackedTensor.prefix(tensor.name()).isEmpty()
                && !(tensor.type() instanceof RuntimeType)
                && tensor.matrices() == 1
                && tensor.rows() > 1
                && weights.isTernary(tensor);
    }

    private Item packed(List<WeightTensor> parts) {
        DigitSource first = weights.digits(parts.getFirst());
        NativeLayout layout = wanted == null ? NativeLayout.preferred(first.digits()) : wanted;
        RuntimeType type = layout.tensorType(first.digits(), first.hasGroupScales() ? first.group() : 0);
        String name = parts.getFirst().name();
        if (parts.size() > 1) name = StackedTensor.ofPart(name).orElseThrow().name(StackedTensor.prefix(name));
        int rows = parts.stream().mapToInt(WeightTensor::rows).sum();
        return new Item(TensorSpec.of(name, type, first.columns(), rows), parts, layout);
    }

    /** How many tensors there will be of each type, by label. */
    public Map<String, Integer> types() {
        Map<String, Integer> types = new TreeMap<>();
        for (Item item : items) types.merge(item.spec.type().label(), 1, Integer::sum);
        return types;
    }

    /** Whether there is anything to do. */
    public boolean isUseful() {
        return items.stream().anyMatch(item -> item.layout != null);
    }

    /** Writes the file. */
    public List<Path> write(Path target, WriteOptions options) throws IOException {
        try (Progress progress = Progress.of("writing", plan.byteSize());
                GgufWriter writer = GgufWriter.create(target, plan, options)) {
            for (Item item : items) {
                write(item, writer);
                progress.advance(item.spec.byteSize());
            }
            return writer.commit();
        }
    }

    private void write(Item item, GgufWriter writer) throws IOException {
        NativeLayout layout = item.layout;
        if (layout == null) {
            writer.write(
                    plan.tensor(item.spec.name()), file.tensor(item.spec.name()).data());
            return;
        }
        try (Arena arena = Arena.ofShared()) {
            List<DigitSource> sources =
                    item.sources.stream().map(weights::digits).toList();
            TernaryNative matrix = TernaryNative.of(sources, layout, SpecialKernels.NONE, arena, team);
            MemorySegment tensor = arena.allocate(item.spec.byteSize(), FloatMatrix.ALIGNMENT);
            matrix.copyTo(tensor);
            writer.write(plan.tensor(item.spec.name()), tensor);
        }
    }
}
