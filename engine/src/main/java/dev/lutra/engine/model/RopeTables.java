package dev.lutra.engine.model;

import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.model.RopeScaling;
import dev.lutra.kernels.elementwise.RopeTable;

/** The rotary angles that a configuration asks for. */
public final class RopeTables {
    /** Rotations within the original context from which on a frequency is left alone, and below which it is stretched. */
    private static final double FAST = 32, SLOW = 1;

    private RopeTables() {}

    /** The table of {@code config} for {@code positions} positions. */
    public static RopeTable of(ModelConfig config, int positions) {
        RopeScaling scaling = config.ropeScaling();
        if (scaling == null) return RopeTable.of(config.headDim(), config.ropeTheta(), positions);
        return switch (scaling.type()) {
            case "linear" -> RopeTable.of(linear(config, scaling), 1, positions);
            default -> RopeTable.of(yarn(config, scaling), (float) (0.1 * Math.log(scaling.factor()) + 1), positions);
        };
    }

    private static double frequency(ModelConfig config, int pair) {
        return Math.pow(config.ropeTheta(), -2.0 * pair / config.headDim());
    }

    private static float[] linear(ModelConfig config, RopeScaling scaling) {
        float[] frequencies = new float[config.headDim() / 2];
        for (int i = 0; i < frequencies.length; i++) frequencies[i] = (float) (frequency(config, i) / scaling.factor());
        return frequencies;
    }

    /** YaRN (arXiv 2309.00071, section 3.2): a ramp from original to stretched frequencies. */
    private static float[] yarn(ModelConfig config, RopeScaling scaling) {
        int original = scaling.originalContext() > 0 ? scaling.originalContext() : config.context();
        double low = Math.max(0, Math.floor(pairWithRotations(config, original, FAST)));
        double high = Math.min(config.headDim() - 1, Math.ceil(pairWithRotations(config, original, SLOW)));
        if (low == high) high += 0.001;
        float[] frequencies = new float[config.headDim() / 2];
        for (int i = 0; i < frequencies.length; i++) {
            double stretched = Math.clamp((i - low) / (high - low), 0.0, 1.0);
            frequencies[i] = (float) (frequency(config, i) * (stretched / scaling.factor() + 1 - stretched));
        }
        return frequencies;
    }

    /** The pair that turns {@code rotations} times within {@code context} positions. */
    private static double pairWithRotations(ModelConfig config, int context, double rotations) {
        return config.headDim() * Math.log(context / (rotations * 2 * Math.PI)) / (2 * Math.log(config.ropeTheta()));
    }
}
