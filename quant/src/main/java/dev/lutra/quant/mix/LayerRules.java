package dev.lutra.quant.mix;

import dev.lutra.gguf.type.GgmlType;

/**
 * The exceptions inside the layers: which tensors a mixture gives more bits than its base type. The numbers are llama.cpp's,
 * found by measuring perplexity; Falcon's exceptions are left out.
 */
final class LayerRules {
    private final FileType fileType;
    private final ModelFacts model;
    private final boolean importance;

    LayerRules(FileType fileType, ModelFacts model, boolean importance) {
        this.fileType = fileType;
        this.model = model;
        this.importance = importance;
    }

    /**
     * The type of a value projection.
     *
     * @param index how many value projections come before it, of {@code count} in the model
     */
    GgmlType value(int index, int count) {
        GgmlType type = fileType.base();
        switch (fileType) {
            case Q2_K -> type = model.sharesKeysWidely() ? GgmlType.Q4_K : GgmlType.Q3_K;
            case Q3_K_M -> type = index < 2 ? GgmlType.Q5_K : GgmlType.Q4_K;
            case Q3_K_L -> type = GgmlType.Q5_K;
            case IQ4_NL, IQ4_XS -> type = model.sharesKeysWidely() ? GgmlType.Q5_K : type;
            case Q4_K_M, Q5_K_M -> type = deservesMoreBits(index, count) ? GgmlType.Q6_K : type;
            case Q4_K_S -> type = index < 4 ? GgmlType.Q5_K : type;
            default -> {}
        }
        if (model.is70B() && (type == GgmlType.Q3_K || type == GgmlType.Q4_K)) type = GgmlType.Q5_K;
        return model.hasEightExperts() ? GgmlType.Q8_0 : type;
    }

    GgmlType key() {
        return model.hasEightExperts() ? GgmlType.Q8_0 : fileType.base();
    }

    GgmlType attentionOutput() {
        GgmlType base = fileType.base();
        if (model.hasEightExperts())
            return switch (fileType) {
                case Q2_K, Q3_K_S, Q3_K_M, Q4_K_S, Q4_K_M, IQ4_NL, IQ4_XS -> GgmlType.Q5_K;
                default -> base;
            };
        return switch (fileType) {
            case Q2_K -> GgmlType.Q3_K;
            case Q3_K_M -> GgmlType.Q4_K;
            case Q3_K_L -> GgmlType.Q5_K;
            default -> base;
        };
    }

    /** The type of a down projection in layer {@code layer}. */
    GgmlType feedForwardDown(int layer) {
        GgmlType base = fileType.base();
        int layers = model.layers();
        boolean early = layer < layers / 8;
        return switch (fileType) {
            case Q2_K -> GgmlType.Q3_K;
            case Q3_K_M -> layer < layers / 16 ? GgmlType.Q5_K : GgmlType.Q4_K;
            case Q3_K_L -> GgmlType.Q5_K;
            case Q4_K_M, Q5_K_M -> deservesMoreBits(layer, layers) ? GgmlType.Q6_K : base;
            case Q4_K_S -> early ? GgmlType.Q5_K : base;
            case IQ4_NL, IQ4_XS -> early && !importance ? GgmlType.Q5_K : base;
            // without a minimum, the first layers can go wrong under an importance matrix
            case Q4_0 -> early && importance ? GgmlType.Q4_1 : base;
            case Q5_0 -> early && importance ? GgmlType.Q5_1 : base;
            default -> base;
        };
    }

    /** The first and the last eighth, and every third between. */
    private static boolean deservesMoreBits(int index, int count) {
        return index < count / 8 || index >= 7 * count / 8 || (index - count / 8) % 3 == 2;
    }
}
