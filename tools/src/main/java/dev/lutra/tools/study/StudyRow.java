package dev.lutra.tools.study;

import java.util.Map;

/**
 * What was found about one format.
 *
 * @param family what kind of format it is: the series of the chart
 * @param format its name
 * @param data what the quantizer knew of the model's activations: none, importance, calibration
 * @param bytes of the file, or what a file would take
 * @param compression the full-precision weights' bytes over {@code bytes}
 * @param bitsPerWeight of the projections
 * @param errors relative errors by kind of tensor; of calibrated ones against the weights with channel scales folded in
 * @param perplexity of the test text
 * @param kl nats per token, from the full-precision model to this one
 * @param sameTop share of positions at which both find the same token most probable
 * @param sample how the model goes on from the prompt, always taking the most probable token
 */
public record StudyRow(
        String family,
        String format,
        String data,
        long bytes,
        double compression,
        double bitsPerWeight,
        Map<String, Double> errors,
        double perplexity,
        double kl,
        double sameTop,
        String sample) {
    public Verdict verdict() {
        return Verdict.of(kl);
    }
}
