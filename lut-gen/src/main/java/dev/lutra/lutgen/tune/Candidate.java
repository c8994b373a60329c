package dev.lutra.lutgen.tune;

import java.util.Comparator;
import java.util.List;

/**
 * What one variant took for one shape.
 *
 * @param variant its label
 * @param generated whether single tokens were multiplied by a kernel compiled for the shape
 * @param decodeMicros one token, weights from memory
 * @param prefillMicros {@link Tuner#BATCH} tokens
 */
public record Candidate(String variant, boolean generated, double decodeMicros, double prefillMicros) {
    /** Decode times this close together are the same, and prefill decides. */
    private static final double TIE = 1.03;

    /** "quint" or "quint, generated". */
    public String label() {
        return generated ? variant + ", generated" : variant;
    }

    /** The one to take: the fastest at decoding, which most of a model's time goes into; of equals, at prefill. */
    static Candidate best(List<Candidate> candidates) {
        double fastest =
                candidates.stream().mapToDouble(Candidate::decodeMicros).min().orElseThrow();
        return candidates.stream()
                .filter(candidate -> candidate.decodeMicros <= TIE * fastest)
                .min(Comparator.comparingDouble(Candidate::prefillMicros))
                .orElseThrow();
    }
}
