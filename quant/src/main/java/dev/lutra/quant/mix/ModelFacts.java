package dev.lutra.quant.mix;

import dev.lutra.gguf.model.ModelConfig;

/**
 * What the rules ask of a model.
 *
 * @param architecture the value of {@code general.architecture}
 * @param layers transformer blocks
 * @param heads query heads
 * @param kvHeads key and value heads
 * @param experts experts per layer, 0 for dense models
 */
public record ModelFacts(String architecture, int layers, int heads, int kvHeads, int experts) {
    private static final int LAYERS_OF_70B = 80;

    public static ModelFacts of(ModelConfig config) {
        return new ModelFacts(
                config.architecture().ggufName(),
                config.layers(),
                config.heads(),
                config.kvHeads(),
                config.experts() == null ? 0 : config.experts().count());
    }

    /** Whether at least four query heads share each key and value head: those tensors are small then and get more bits. */
    boolean sharesKeysWidely() {
        return heads / kvHeads >= 4;
    }

    /** What llama.cpp's loader calls the 70B class, in which eight query heads share a value head: 80 layers. */
    boolean is70B() {
        return layers == LAYERS_OF_70B
                && (architecture.equals("qwen2") || architecture.equals("llama") && heads != kvHeads);
    }

    boolean hasExperts() {
        return experts > 1;
    }

    /** Mixtral's eight experts, whose attention tensors are small beside the rest. */
    boolean hasEightExperts() {
        return experts == 8;
    }
}
