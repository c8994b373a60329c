package dev.lutra.tools.calibrate;

import dev.lutra.gguf.type.TensorType;
import java.util.function.Function;

/**
 * How a model is calibrated.
 *
 * @param types the format of each projection by its GGUF name: a digit type, or a type whose rows are encoded one by one
 * @param damping share of the mean input power added to every channel's. Little data needs more of it; between 1 and 5 %
 *     nothing changed that a second run would not change
 * @param passes refits of the scales, each followed by coordinate descent
 * @param correction share of the least-squares step by which weights make up for the error of the layers before. On 16,384
 *     tokens a half beat both 0.35 and 1, and halved the divergence that no correction leaves
 * @param scaleChannels whether channel scales are tried
 */
public record CalibrationOptions(
        Function<String, TensorType> types, double damping, int passes, double correction, boolean scaleChannels) {
    public CalibrationOptions {
        if (!(damping > 0)) throw new IllegalArgumentException("damping must be positive, not " + damping);
        if (passes < 0) throw new IllegalArgumentException("passes must not be negative: " + passes);
        if (!(correction >= 0 && correction <= 1))
            throw new IllegalArgumentException("correction must be between 0 and 1, not " + correction);
    }

    /** The defaults, with the same or several types. */
    public static CalibrationOptions of(Function<String, TensorType> types) {
        return new CalibrationOptions(types, .02, 2, .5, true);
    }
}
