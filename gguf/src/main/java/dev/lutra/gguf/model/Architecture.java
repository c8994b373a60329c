package dev.lutra.gguf.model;

import java.util.Optional;

/** The model families that convert and run, with what their layers have that others lack. */
public enum Architecture {
    QWEN2("qwen2", "qwen2", "Qwen2ForCausalLM"),
    QWEN2MOE("qwen2moe", "qwen2_moe", "Qwen2MoeForCausalLM"),
    QWEN3("qwen3", "qwen3", "Qwen3ForCausalLM"),
    /** BitNet b1.58 2B-4T: norms before the output and down projections, squared ReLU. */
    BITNET("bitnet-b1.58", "bitnet", "BitNetForCausalLM");

    private final String ggufName;
    private final String modelType;
    private final String className;

    Architecture(String ggufName, String modelType, String className) {
        this.ggufName = ggufName;
        this.modelType = modelType;
        this.className = className;
    }

    /** The value of {@code general.architecture}, and the prefix of the family's keys. */
    public String ggufName() {
        return ggufName;
    }

    /** The value of {@code model_type} in config.json. */
    public String modelType() {
        return modelType;
    }

    /** The entry of {@code architectures} in config.json. */
    public String className() {
        return className;
    }

    /** The family that a GGUF file calls {@code name}. bitnet.cpp has called its family {@code bitnet-25} too. */
    public static Optional<Architecture> byGgufName(String name) {
        if (name.equals("bitnet-25")) return Optional.of(BITNET);
        for (Architecture architecture : values())
            if (architecture.ggufName.equals(name)) return Optional.of(architecture);
        return Optional.empty();
    }

    /** The family whose config.json has {@code model_type}. */
    public static Optional<Architecture> byModelType(String modelType) {
        for (Architecture architecture : values())
            if (architecture.modelType.equals(modelType)) return Optional.of(architecture);
        return Optional.empty();
    }
}
