package dev.lutra.quant.calibrate;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.quant.algebra.Matrix;
import java.util.stream.IntStream;

/** Weights rounded one by one: a quick measure of what a format does to a matrix. */
public final class PlainRounding {
    private PlainRounding() {}

    /**
     * Replaces weights by their nearest values under scales that suit the inputs.
     *
     * @param weights [rows][columns]
     * @param powers mean square of each input
     */
    public static void round(Matrix weights, float[] powers, DigitType type) {
        double mean = 0;
        for (float power : powers) mean += power / (double) powers.length;
        // A channel that was silent in the sample must not be free to take any value.
        float least = mean > 0 ? (float) (.01 * mean) : 1;
        float[] weighing = powers.clone();
        for (int i = 0; i < weighing.length; i++) weighing[i] += least;
        DigitScales scales = new ScaleSearch(type, weighing).search(weights);
        IntStream.range(0, weights.rows()).parallel().forEach(row -> {
            float[] values = weights.row(row);
            for (int c = 0; c < values.length; c++) {
                float step = scales.step(row, c);
                values[c] = step * scales.nearest(values[c], step);
            }
            weights.write(row, 0, values.length, values, 0);
        });
    }
}
