package dev.lutra.quant.mix;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Chooses the type of every tensor of a model as llama.cpp's quantizer does. */
public final class TypeMix {
    /** llama.cpp walks the tensors in this order, which decides what counts as the first value projection. */
    private static final Comparator<TensorShape> LAYER_ORDER =
            Comparator.comparingInt(TensorShape::layer).thenComparing(TensorShape::name);

    private final FileType fileType;
    private final ModelFacts model;
    private final TypeOverrides overrides;
    private final LayerRules rules;

    /**
     * @param importance whether an importance matrix will be used, on which some rules depend
     */
    public TypeMix(FileType fileType, ModelFacts model, TypeOverrides overrides, boolean importance) {
        this.fileType = fileType;
        this.model = model;
        this.overrides = overrides;
        this.rules = new LayerRules(fileType, model, importance);
    }

    /**
     * The types of a model's tensors.
     *
     * <p>Where a user's wish does not fit the rows it falls back like any other type; llama.cpp stops there. Patterns count
     * for files of plain floats too, which llama.cpp ignores.
     *
     * @param tensors all tensors of the model, since some rules depend on how many there are and whether one is the output
     * @return a choice for each, in the same order
     * @throws IllegalArgumentException when a tensor's rows fit neither its type nor one that stands in for it
     */
    public List<TypeChoice> choose(List<TensorShape> tensors) {
        boolean tied = tensors.stream().noneMatch(tensor -> TensorRole.of(tensor.name()) == TensorRole.OUTPUT);
        int values = (int) tensors.stream()
                .filter(tensor -> TensorRole.of(tensor.name()) == TensorRole.VALUE)
                .count();
        Walk walk = new Walk(tied, values);
        Map<String, TypeChoice> choices = new HashMap<>();
        tensors.stream().sorted(LAYER_ORDER).forEach(tensor -> choices.put(tensor.name(), walk.choose(tensor)));
        List<TypeChoice> inOrder = new ArrayList<>(tensors.size());
        for (TensorShape tensor : tensors) inOrder.add(choices.get(tensor.name()));
        return List.copyOf(inOrder);
    }

    /** One pass over the tensors in layer order; counts those that rules have been applied to. */
    private final class Walk {
        private final boolean tied;
        private final int values;
        private int valuesSeen;
        private int downsSeen;

        Walk(boolean tied, int values) {
            this.tied = tied;
            this.values = values;
        }

        TypeChoice choose(TensorShape tensor) {
            if (!TensorRole.isQuantizable(tensor)) return new TypeChoice(tensor, Optional.empty(), Optional.empty());
            TensorType wanted = wanted(tensor);
            TensorType used = Fallback.compatible(tensor.name(), tensor.columns(), wanted);
            Optional<Fallback> fallback = used.equals(wanted)
                    ? Optional.empty()
                    : Optional.of(new Fallback(tensor.name(), tensor.columns(), wanted, (GgmlType) used));
            return new TypeChoice(tensor, Optional.of(used), fallback);
        }

        private TensorType wanted(TensorShape tensor) {
            TensorRole role = TensorRole.of(tensor.name());
            TensorType fixed = fixed(role);
            if (fixed != null) return fixed;
            Optional<TensorType> named = overrides.byName(tensor.name());
            if (named.isPresent()) return named.get();
            if (overrides.pure() || !fileType.isQuantized()) return fileType.base();
            return byRule(tensor, role);
        }

        private @Nullable TensorType fixed(TensorRole role) {
            return switch (role) {
                case TOKEN_EMBEDDING -> overrides.tokenEmbedding();
                case OUTPUT -> overrides.output();
                default -> null;
            };
        }

        private TensorType byRule(TensorShape tensor, TensorRole role) {
            if (role == TensorRole.OUTPUT || tied && role == TensorRole.TOKEN_EMBEDDING) return output(tensor);
            if (fileType == FileType.MXFP4_MOE) return tensor.isStacked() ? GgmlType.MXFP4 : GgmlType.Q8_0;
            return switch (role) {
                case TOKEN_EMBEDDING -> tokenEmbedding();
                case VALUE -> rules.value(valuesSeen++, values);
                case KEY -> rules.key();
                case ATTENTION_OUTPUT -> rules.attentionOutput();
                // experts of one layer are several tensors, so that counting them would not tell the layer
                case FEED_FORWARD_DOWN -> rules.feedForwardDown(model.hasExperts() ? tensor.layer() : downsSeen++);
                default -> fileType.base();
            };
        }

        private TensorType output(TensorShape tensor) {
            if (overrides.output() != null) return overrides.output();
            boolean fits = tensor.columns() % fileType.base().blockLength() == 0;
            boolean eightBits = fileType == FileType.MXFP4_MOE || fileType == FileType.Q8_0 || !fits;
            return eightBits ? GgmlType.Q8_0 : GgmlType.Q6_K;
        }

        private TensorType tokenEmbedding() {
            return switch (fileType) {
                case TQ1_0, TQ2_0, Q2_0 -> GgmlType.Q4_K;
                default -> fileType.base();
            };
        }
    }
}
