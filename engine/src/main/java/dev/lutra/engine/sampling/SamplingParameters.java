package dev.lutra.engine.sampling;

/**
 * How tokens are chosen, with the meanings and defaults of llama.cpp's options.
 *
 * @param temperature divides the logits; 0 chooses the most likely token always
 * @param topK keeps the {@code topK} most likely tokens; 0 keeps all
 * @param topP keeps the fewest most likely tokens whose probabilities sum to at least this; 1 keeps all
 * @param minP keeps the tokens at least this fraction as likely as the most likely one; 0 keeps all
 * @param repeatPenalty divides positive logits and multiplies negative ones of recent tokens; 1 changes nothing
 * @param frequencyPenalty subtracted from a recent token's logit once for each occurrence
 * @param presencePenalty subtracted from a recent token's logit once
 * @param penaltyWindow how many tokens are recent; -1 for all
 * @param seed start of the random sequence
 */
public record SamplingParameters(
        float temperature,
        int topK,
        float topP,
        float minP,
        float repeatPenalty,
        float frequencyPenalty,
        float presencePenalty,
        int penaltyWindow,
        long seed) {
    /** @throws IllegalArgumentException when a value is out of its range, naming it */
    public SamplingParameters {
        require(temperature >= 0 && temperature <= Float.MAX_VALUE, "temperature", temperature, "0 or more");
        require(topK >= 0, "top-k", topK, "0 or more");
        require(topP > 0 && topP <= 1, "top-p", topP, "above 0 and at most 1");
        require(minP >= 0 && minP <= 1, "min-p", minP, "0 to 1");
        require(repeatPenalty > 0 && repeatPenalty <= Float.MAX_VALUE, "repeat penalty", repeatPenalty, "above 0");
        require(Float.isFinite(frequencyPenalty), "frequency penalty", frequencyPenalty, "finite");
        require(Float.isFinite(presencePenalty), "presence penalty", presencePenalty, "finite");
        require(penaltyWindow >= -1, "penalty window", penaltyWindow, "-1 or more");
    }

    private static void require(boolean holds, String name, float value, String range) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be " + range);
        }
    }

    /** llama.cpp's defaults. */
    public static SamplingParameters defaults(long seed) {
        return new SamplingParameters(0.8f, 40, 0.95f, 0.05f, 1, 0, 0, 64, seed);
    }

    /** The most likely token, always. */
    public static SamplingParameters greedy() {
        return new SamplingParameters(0, 0, 1, 0, 1, 0, 0, 64, 0);
    }

    public SamplingParameters withTemperature(float value) {
        return new SamplingParameters(
                value, topK, topP, minP, repeatPenalty, frequencyPenalty, presencePenalty, penaltyWindow, seed);
    }

    public SamplingParameters withTopK(int value) {
        return new SamplingParameters(
                temperature, value, topP, minP, repeatPenalty, frequencyPenalty, presencePenalty, penaltyWindow, seed);
    }

    public SamplingParameters withTopP(float value) {
        return new SamplingParameters(
                temperature, topK, value, minP, repeatPenalty, frequencyPenalty, presencePenalty, penaltyWindow, seed);
    }

    public SamplingParameters withMinP(float value) {
        return new SamplingParameters(
                temperature, topK, topP, value, repeatPenalty, frequencyPenalty, presencePenalty, penaltyWindow, seed);
    }

    public SamplingParameters withRepeatPenalty(float value) {
        return new SamplingParameters(
                temperature, topK, topP, minP, value, frequencyPenalty, presencePenalty, penaltyWindow, seed);
    }

    public SamplingParameters withPenalties(float frequency, float presence, int window) {
        return new SamplingParameters(temperature, topK, topP, minP, repeatPenalty, frequency, presence, window, seed);
    }

    public SamplingParameters withSeed(long value) {
        return new SamplingParameters(
                temperature, topK, topP, minP, repeatPenalty, frequencyPenalty, presencePenalty, penaltyWindow, value);
    }

    boolean penalizes() {
        return penaltyWindow != 0 && (repeatPenalty != 1 || frequencyPenalty != 0 || presencePenalty != 0);
    }
}
