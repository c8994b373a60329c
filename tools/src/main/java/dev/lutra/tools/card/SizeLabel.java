package dev.lutra.tools.card;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * How many weights a model has, for {@code general.size_label}.
 *
 * @param shared weights outside of experts
 * @param perExpert weights of one expert of every layer
 * @param experts how many experts a layer has, 0 in a dense model
 */
public record SizeLabel(long shared, long perExpert, int experts) {
    private static final double[] SCALES = {1e-3, 1e-6, 1e-9, 1e-12};

    /** {@code 494M}, {@code 7.6B}; {@code 60x1.8B} for a model of experts: shared and one expert's weights together. */
    public String text() {
        String label = rounded(shared + perExpert);
        return experts > 0 ? experts + "x" + label : label;
    }

    /** All weights. */
    public long total() {
        return shared + perExpert * experts;
    }

    /**
     * At least two digits, halves to even; an exact power of 1000 counts in the unit below: {@code 1000K}. Scaled in double
     * precision as gguf-py does it, on which the rounding of a half depends.
     */
    private static String rounded(long weights) {
        int power = 1;
        while (power < SCALES.length && weights > Math.powExact(1000L, power + 1)) power++;
        double scaled = weights * SCALES[power - 1];
        long whole = (long) Math.rint(scaled);
        int digits = whole == 0 ? 0 : Long.toString(whole).length();
        return new BigDecimal(scaled)
                        .setScale(Math.max(0, 2 - digits), RoundingMode.HALF_EVEN)
                        .toPlainString()
                + " KMBT".charAt(power);
    }
}
