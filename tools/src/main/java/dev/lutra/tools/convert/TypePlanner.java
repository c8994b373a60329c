package dev.lutra.tools.convert;

import dev.lutra.gguf.names.TensorKind;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.quant.digit.BlockExchange;
import dev.lutra.quant.mix.Fallback;
import dev.lutra.quant.mix.FileType;
import dev.lutra.quant.mix.ModelFacts;
import dev.lutra.quant.mix.TensorShape;
import dev.lutra.quant.mix.TypeChoice;
import dev.lutra.quant.mix.TypeMix;
import dev.lutra.quant.mix.TypeOverrides;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Decides the type of every tensor of the output. */
final class TypePlanner {
    /** A tensor, its type in the output, and why it is not the one that was asked for. */
    record Choice(SourceTensor tensor, TensorType type, Optional<Fallback> fallback) {}

    private final TargetFormat format;
    private final TypeOverrides overrides;
    private final boolean importance;

    TypePlanner(TargetFormat format, TypeOverrides overrides, boolean importance) {
        this.format = format;
        this.overrides = overrides;
        this.importance = importance;
    }

    /** A choice for every tensor of {@code source}, in its order. */
    List<Choice> choose(ModelSource source) {
        return switch (format) {
            case TargetFormat.Mixture mixture when isExchange(mixture, source) -> exchanged(source);
            case TargetFormat.Mixture mixture -> mixture(mixture, source);
            case TargetFormat.Ternary ternary -> ternary(ternary.type(), source);
        };
    }

    private List<Choice> mixture(TargetFormat.Mixture mixture, ModelSource source) {
        List<SourceTensor> tensors = source.tensors();
        TypeMix mix = new TypeMix(mixture.fileType(), ModelFacts.of(source.config()), overrides, importance);
        List<TypeChoice> chosen = mix.choose(tensors.stream()
                .map(tensor -> new TensorShape(tensor.name(), tensor.dimensions()))
                .toList());
        List<Choice> choices = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++)
            choices.add(new Choice(
                    tensors.get(i),
                    chosen.get(i).type().orElse(GgmlType.F32),
                    chosen.get(i).fallback()));
        return choices;
    }

    /** Ternary digits asked to become blocks that hold them: the same weights, so no mixture has a say. */
    private static boolean isExchange(TargetFormat.Mixture mixture, ModelSource source) {
        return (mixture.fileType() == FileType.Q4_0 || mixture.fileType() == FileType.Q5_0)
                && source.tensors().stream().anyMatch(tensor -> digits(tensor).isPresent());
    }

    private static Optional<DigitType> digits(SourceTensor tensor) {
        return tensor.storedType().filter(DigitType.class::isInstance).map(DigitType.class::cast);
    }

    /** Each tensor of digits in the blocks that hold as many; all others as they are stored. */
    private List<Choice> exchanged(ModelSource source) {
        boolean tied = isTied(source);
        List<Choice> choices = new ArrayList<>();
        for (SourceTensor tensor : source.tensors()) {
            TensorType kept = digits(tensor)
                    .<TensorType>map(digits -> BlockExchange.typeOf(digits.digits()))
                    .orElseGet(() -> tensor.storedType().orElse(GgmlType.F32));
            TensorType wanted = byName(tensor).orElseGet(() -> switch (tensor.kind()) {
                case EMBEDDING -> embedding(tied, kept);
                case OUTPUT -> overrides.output() == null ? kept : overrides.output();
                default -> kept;
            });
            choices.add(new Choice(tensor, wanted, Optional.empty()));
        }
        return choices;
    }

    private static boolean isTied(ModelSource source) {
        return source.tensors().stream().noneMatch(tensor -> tensor.kind() == TensorKind.OUTPUT);
    }

    private List<Choice> ternary(TensorType type, ModelSource source) {
        List<Choice> choices = new ArrayList<>();
        boolean tied = isTied(source);
        for (SourceTensor tensor : source.tensors()) {
            TensorType wanted = byName(tensor).orElseGet(() -> switch (tensor.kind()) {
                case NORM, BIAS, ROUTER -> GgmlType.F32;
                case PROJECTION -> projection(tensor, type);
                case EMBEDDING -> embedding(tied, half(tensor));
                case OUTPUT -> overrides.output() == null ? half(tensor) : overrides.output();
            });
            choices.add(fitted(tensor, wanted));
        }
        return choices;
    }

    /** {@code type}; for blocks that hold another number of digits, as a mix leaves them behind, that number. */
    private static TensorType projection(SourceTensor tensor, TensorType type) {
        if (!(type instanceof DigitType digits)
                || tensor.storedType().equals(Optional.of(BlockExchange.typeOf(digits.digits())))) return type;
        for (int other : new int[] {2, 3})
            if (tensor.storedType().equals(Optional.of(BlockExchange.typeOf(other))))
                return new DigitType(other, digits.group());
        return type;
    }

    /** F16, but what is quantized already stays as it is. */
    private static TensorType half(SourceTensor tensor) {
        return tensor.storedType()
                .filter(stored -> tensor.refusal(GgmlType.F16).isPresent())
                .orElse(GgmlType.F16);
    }

    /** As llama.cpp, the output's type wins where the embedding is the output too. */
    private TensorType embedding(boolean tied, TensorType otherwise) {
        if (tied && overrides.output() != null) return overrides.output();
        return overrides.tokenEmbedding() == null ? otherwise : overrides.tokenEmbedding();
    }

    private Optional<TensorType> byName(SourceTensor tensor) {
        if (tensor.kind() == TensorKind.NORM || tensor.kind() == TensorKind.BIAS) return Optional.empty();
        return overrides.tensors().stream()
                .filter(rule -> rule.pattern().matcher(tensor.name()).find())
                .map(TypeOverrides.ByName::type)
                .findFirst();
    }

    private static Choice fitted(SourceTensor tensor, TensorType wanted) {
        boolean wholeTensor =
                wanted instanceof DigitType || wanted instanceof GgmlType type && type.isWholeTensorTernary();
        GgmlType used = null;
        // Experts are cut out of their tensor one by one, which only formats with independent rows allow.
        if (wholeTensor && tensor.isStacked()) used = GgmlType.Q8_0;
        else if (tensor.columns() % wanted.blockLength() != 0 && !wholeTensor) used = GgmlType.F16;
        if (used == null) return new Choice(tensor, wanted, Optional.empty());
        return new Choice(tensor, used, Optional.of(new Fallback(tensor.name(), tensor.columns(), wanted, used)));
    }
}
