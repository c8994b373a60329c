package dev.lutra.gguf.model;

/**
 * How rotary positions are stretched beyond the length of training.
 *
 * @param type {@code linear} or {@code yarn}
 * @param factor how many times longer
 * @param originalContext tokens of the training context; 0 when not told
 */
public record RopeScaling(String type, float factor, int originalContext) {
    public RopeScaling {
        if (!type.equals("linear") && !type.equals("yarn"))
            throw new IllegalArgumentException("rope scaling '" + type + "' is not known; linear and yarn are");
        if (!(factor >= 1)) throw new IllegalArgumentException("rope scaling factor " + factor + " is below 1");
    }
}
