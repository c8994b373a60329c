package dev.lutra.tools.calibrate;

import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.quant.calibrate.DigitCalibrator;
import dev.lutra.quant.calibrate.Moments;

/**
 * Native memory that a calibration needs at most, in bytes.
 *
 * @param streams hidden states of all tokens, in full precision and quantized
 * @param weights one layer in float32, before and after
 * @param site the larger of what the sites need: moments, corrections, activations, buffers of the quantizer
 */
public record CalibrationMemory(long streams, long weights, long site) {
    /** The plan for a model of {@code config} and {@code tokens} tokens in texts of {@code length}. */
    public static CalibrationMemory of(ModelConfig config, int tokens, int length) {
        long hidden = config.hidden(),
                query = config.queryWidth(),
                key = config.keyWidth(),
                wide = config.feedForward();
        long matrices = hidden * query + 2 * hidden * key + query * hidden + 3 * hidden * wide;
        long batch = new Texts(length, new int[tokens / length * length]).batchTokens();
        long norms = 2 * batch * hidden;
        long[] sites = {
            site(hidden, query + 2 * key, query) + 4 * (norms * 2 + batch * query),
            site(query, hidden, hidden) + 4 * (norms + tokens * query + batch * (query * 2 + 2 * key)),
            site(hidden, 2 * wide, wide) + 4 * (norms * 2 + batch * wide),
            site(wide, hidden, hidden) + 4 * (norms + 2 * batch * wide)
        };
        long largest = 0;
        for (long site : sites) largest = Math.max(largest, site);
        // Quantized matrices are there as floats and, at a byte per weight or less, as they will be stored.
        return new CalibrationMemory(2L * tokens * hidden * Float.BYTES, matrices * (2 * Float.BYTES + 1), largest);
    }

    private static long site(long inputs, long outputs, long largest) {
        long corrections = outputs * inputs * Float.BYTES;
        long quantizing = new DigitCalibrator(new DigitType(2, 32), 1).bytes((int) largest, (int) inputs)
                + largest * inputs * (Float.BYTES + 3);
        return Moments.bytes((int) inputs) + corrections + quantizing;
    }

    public long total() {
        return streams + weights + site;
    }
}
