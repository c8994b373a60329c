package dev.lutra.tools.calibrate;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.tools.cli.CommandFailure;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Types by tensor for a number of bits per weight. All begin with two digits; those that do the most damage per bit that the
 * next type costs are raised to three, and once all have three, to Q8_0.
 *
 * @param types by tensor name, in the order of the model
 * @param bitsPerWeight of all projections together
 */
public record DigitMix(Map<String, TensorType> types, double bitsPerWeight) {

    /**
     * The mix for {@code target} bits per weight, at most.
     *
     * @throws CommandFailure when not even two digits are as small
     */
    public static DigitMix choose(List<TensorDamage> damages, double target, int group) {
        List<TensorType> ladder = List.of(new DigitType(2, group), new DigitType(3, group), GgmlType.Q8_0);
        Map<String, TensorType> types = new LinkedHashMap<>();
        long weights = 0, bytes = 0;
        for (TensorDamage damage : damages) {
            types.put(damage.name(), ladder.getFirst());
            weights += damage.weights();
            bytes += size(damage, ladder.getFirst());
        }
        double allowed = target * weights / 8;
        if (bytes > allowed)
            throw new CommandFailure(String.format(
                    Locale.ROOT,
                    "--target-bpw %.2f is too small: two digits in groups of %d take %.2f bits per weight",
                    target,
                    group,
                    8.0 * bytes / weights));
        for (int rung = 1; rung < ladder.size(); rung++) {
            TensorType from = ladder.get(rung - 1), to = ladder.get(rung);
            List<TensorDamage> order = damages.stream()
                    .sorted(Comparator.comparingDouble(
                            (TensorDamage damage) -> -damage.divergence() / (size(damage, to) - size(damage, from))))
                    .toList();
            boolean all = true;
            for (TensorDamage damage : order) {
                long more = size(damage, to) - size(damage, from);
                if (bytes + more > allowed) {
                    all = false;
                    continue;
                }
                types.put(damage.name(), to);
                bytes += more;
            }
            if (!all) break;
        }
        return new DigitMix(types, 8.0 * bytes / weights);
    }

    private static long size(TensorDamage damage, TensorType type) {
        return type.byteSize(damage.columns(), damage.rows())
                .orElseThrow(() -> new CommandFailure("tensor " + damage.name() + " has rows of " + damage.columns()
                        + ", no whole blocks of " + type.label()));
    }

    /** One line per tensor: name, damage, type. */
    public List<String> table(List<TensorDamage> damages) {
        return damages.stream()
                .map(damage -> String.format(
                        Locale.ROOT,
                        "%-32s %12d weights  KL %.5f at two digits alone  %s",
                        damage.name(),
                        damage.weights(),
                        damage.divergence(),
                        types.get(damage.name()).label()))
                .toList();
    }
}
