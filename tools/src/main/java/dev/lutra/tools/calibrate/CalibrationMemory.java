package dev.lutra.tools.calibrate;

import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.quant.calibrate.DigitCalibrator;
import dev.lutra.quant.calibrate.Moments;

/**
 * Native memory that a calibration needs at most, in bytes.
 *
 * @param writing caches, logits and samplers of the texts that a model writes itself, which happens before all the rest
 * @param damage head, layer and hidden states behind every layer while damage is measured, 0 without a mix
 * @param streams hidden states of all tokens, in full precision and quantized
 * @param weights one layer in float32, before and after
 * @param site the larger of what the sites need: moments, corrections, activations, buffers of the quantizer
 */
public record CalibrationMemory(long writing, long damage, long streams, long weights, long site) {
    /**
     * The plan for a model of {@code config} and {@code tokens} tokens in texts of {@code length}.
     *
     * @param damageTexts texts on which damage is measured for a mix, 0 without one
     */
    public static CalibrationMemory of(ModelConfig config, int tokens, int length, int damageTexts) {
        long hidden = config.hidden(),
                query = config.queryWidth(),
                key = config.keyWidth(),
                wide = config.feedForward();
        long matrices = hidden * query + 2 * hidden * key + query * hidden + 3 * hidden * wide;
        long batch = new Texts(length, new int[tokens / length * length]).batchTokens();
        long norms = 2 * batch * hidden;
        long[] sites = {
            site(hidden, query + 2 * key, query) + 4 * (norms * 2 + hidden * hidden),
            site(query, hidden, hidden) + 4 * (norms + tokens * query + batch * (query * 2 + 2 * key)),
            site(hidden, 2 * wide, wide) + 4 * (norms * 2 + hidden * hidden),
            site(wide, hidden, hidden) + 4 * (norms + 2 * batch * wide)
        };
        long largest = 0;
        for (long site : sites) largest = Math.max(largest, site);
        // Quantized matrices are there as floats and, at a byte per weight or less, as they will be stored.
        return new CalibrationMemory(
                writing(config, length),
                damageTexts == 0 ? 0 : damage(config, damageTexts * length, length, matrices),
                2L * tokens * hidden * Float.BYTES,
                matrices * (2 * Float.BYTES + 1),
                largest);
    }

    private static long site(long inputs, long outputs, long largest) {
        long corrections = outputs * inputs * Float.BYTES;
        long quantizing = new DigitCalibrator(new DigitType(2, 32), 1).bytes((int) largest, (int) inputs)
                + largest * inputs * (Float.BYTES + 3);
        return Moments.bytes((int) inputs) + corrections + quantizing;
    }

    private static long writing(ModelConfig config, int length) {
        long cached = 2L * config.keyWidth() * config.layers() * length * Short.BYTES;
        return SelfSamples.TOGETHER * (cached + 3L * config.vocabulary() * Float.BYTES);
    }

    private static long damage(ModelConfig config, long tokens, int length, long matrices) {
        long states = (config.layers() + 2) * tokens * config.hidden();
        long logits = length * (config.hidden() + 2L * config.vocabulary());
        long head = (long) config.vocabulary() * config.hidden();
        return Float.BYTES * (states + logits + head + 2 * matrices + tokens * 2 * config.feedForward());
    }

    /** The most at any time: texts are written first, then damage is measured, then layers are calibrated. */
    public long total() {
        return Math.max(Math.max(writing, damage), streams + weights + site);
    }
}
