package dev.lutra.quant.ternary;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code weight_scale} of a packed BitNet checkpoint means. It depends on the class that trained the layer: AutoBitLinear
 * (BitNet b1.58 2B4T) multiplies its output with it, BitLinear (Llama3-8B-1.58, Falcon) divides.
 *
 * @param divides whether a trit of 1 stands for {@code 1 / weight_scale} instead of {@code weight_scale}
 * @param reason how that was found out, in words for a log
 */
public record WeightScaleRule(boolean divides, String reason) {
    /**
     * The rule of a checkpoint.
     *
     * @param linearClass {@code quantization_config.linear_class} of config.json, or null when absent
     * @param weightScale the scale of any layer, asked when the class does not tell
     * @param columns inputs of that layer
     */
    public static WeightScaleRule of(@Nullable String linearClass, float weightScale, int columns) {
        String name = linearClass == null ? "" : linearClass.toLowerCase(Locale.ROOT);
        if (name.equals("autobitlinear")) return new WeightScaleRule(false, "linear_class autobitlinear multiplies");
        if (name.equals("bitlinear")) return new WeightScaleRule(true, "linear_class bitlinear divides");
        double expected = Math.log(1 / Math.sqrt(columns)), given = Math.log(weightScale);
        boolean divides = Math.abs(-given - expected) < Math.abs(given - expected);
        return new WeightScaleRule(
                divides,
                "no known linear_class; weight_scale " + weightScale + (divides ? " divides" : " multiplies")
                        + ", since weights of " + columns + " inputs are expected near 1/sqrt(inputs)");
    }

    /**
     * What a trit of 1 stands for.
     *
     * @throws IllegalArgumentException when {@code weightScale} is not positive and finite
     */
    public float scale(float weightScale) {
        if (!(weightScale > 0) || Float.isInfinite(weightScale))
            throw new IllegalArgumentException("weight_scale must be positive and finite, not " + weightScale);
        return divides ? 1 / weightScale : weightScale;
    }
}
