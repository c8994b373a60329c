package dev.lutra.tools.calibrate;

import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.model.Transformer;
import dev.lutra.engine.model.TransformerLoader;
import dev.lutra.engine.sampling.Sampler;
import dev.lutra.engine.sampling.SamplingParameters;
import dev.lutra.engine.tokenizer.SpecialIds;
import dev.lutra.engine.tokenizer.Tokenizer;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.tools.convert.ModelSource;
import dev.lutra.tools.convert.SourceWeights;
import dev.lutra.tools.report.Progress;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Texts that a model writes by itself: calibration needs what the model reads and writes, and no text of a user's is nearer to
 * that. Tokens are drawn from the full distribution at temperature 1, so the texts are as varied as the model is.
 */
public final class SelfSamples {
    /** Texts that are written together, so that the weights are read once for all of them. */
    static final int TOGETHER = 32;

    private SelfSamples() {}

    /** The token that texts of their own begin with: the one for the beginning of a text, or else of its end. */
    public static int startToken(Tokenizer tokenizer) {
        SpecialIds ids = tokenizer.data().specialIds();
        return ids.id(SpecialIds.Role.BOS)
                .orElseGet(() -> ids.id(SpecialIds.Role.EOS).orElse(0));
    }

    /** As {@link #write(Transformer, int, int, int, long, Progress)}, for a model that is not running yet. */
    public static int[] write(
            ModelSource source, int start, int texts, int length, long seed, Kernels kernels, Progress progress) {
        try (Arena arena = Arena.ofShared();
                Transformer model =
                        TransformerLoader.load(source.config(), new SourceWeights(source, arena), kernels)) {
            return write(model, start, texts, length, seed, progress);
        }
    }

    /**
     * Lets a model write; the same seed gives the same texts, whatever the number of threads.
     *
     * @param model best of plain floats
     * @param start token that every text begins with, usually the one for the beginning of a text or a turn
     * @param texts how many
     * @param length tokens of each, {@code start} included
     * @param progress advances once per token
     * @return the texts' tokens, one text after the other
     */
    public static int[] write(Transformer model, int start, int texts, int length, long seed, Progress progress) {
        int vocabulary = model.config().vocabulary();
        if (start < 0 || start >= vocabulary)
            throw new IllegalArgumentException("token " + start + " is not in the vocabulary of " + vocabulary);
        int[] tokens = new int[Math.multiplyExact(texts, length)];
        for (int first = 0; first < texts; first += TOGETHER) {
            Sampler[] samplers = new Sampler[Math.min(TOGETHER, texts - first)];
            for (int i = 0; i < samplers.length; i++)
                samplers[i] = new Sampler(parameters(seed, first + i), vocabulary);
            write(model, start, samplers, length, tokens, first * length, progress);
        }
        return tokens;
    }

    /** Each text draws from a random sequence of its own, so it does not depend on how many are written. */
    private static SamplingParameters parameters(long seed, int text) {
        return SamplingParameters.defaults(seed * 1_000_003 + text)
                .withTemperature(1)
                .withTopK(0)
                .withTopP(1)
                .withMinP(0);
    }

    /** Writes one text for each sampler, the first from {@code tokens[at]} on. */
    private static void write(
            Transformer model, int start, Sampler[] samplers, int length, int[] tokens, int at, Progress progress) {
        List<Sequence> sequences = new ArrayList<>();
        try {
            for (int i = 0; i < samplers.length; i++) {
                sequences.add(model.newSequence(CacheType.F16, length));
                tokens[at + i * length] = start;
            }
            progress.advance(samplers.length);
            int[] last = new int[samplers.length];
            Arrays.fill(last, start);
            for (int i = 1; i < length; i++) {
                FloatMatrix logits = model.logits(model.forwardEach(last, sequences));
                IntStream.range(0, samplers.length)
                        .parallel()
                        .forEach(text -> last[text] = samplers[text].sample(logits, text));
                for (int text = 0; text < samplers.length; text++) tokens[at + text * length + i] = last[text];
                progress.advance(samplers.length);
            }
        } finally {
            sequences.forEach(Sequence::close);
        }
    }
}
