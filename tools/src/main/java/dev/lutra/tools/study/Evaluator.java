package dev.lutra.tools.study;

import dev.lutra.engine.evaluation.BaseDistributions;
import dev.lutra.engine.evaluation.Divergence;
import dev.lutra.engine.evaluation.Perplexity;
import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.model.Transformer;
import dev.lutra.engine.sampling.Sampler;
import dev.lutra.engine.sampling.SamplingParameters;
import dev.lutra.engine.text.Generation;
import dev.lutra.engine.text.Generator;
import dev.lutra.engine.tokenizer.Tokenizer;
import dev.lutra.kernels.attention.CacheType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Scores models on one text against the distributions of the first, which are computed once and kept in a file. */
final class Evaluator {
    private final StudyOptions options;
    private final Tokenizer tokenizer;
    private final Path distributions;

    Evaluator(StudyOptions options, Tokenizer tokenizer) {
        this.options = options;
        this.tokenizer = tokenizer;
        distributions = options.folder().resolve("distributions.bin");
    }

    /** What a model makes of the test text and of the prompt. */
    record Evaluation(double perplexity, double kl, double sameTop, String sample) {}

    /** Scores the model that all others are compared with. */
    Evaluation base(Transformer model) throws IOException {
        int vocabulary = model.config().vocabulary();
        try (BaseDistributions.Writer writer = new BaseDistributions.Writer(
                distributions, options.context(), vocabulary, options.chunks(), options.test())) {
            Perplexity.Score score = score(model, row -> {
                try {
                    writer.add(row);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            writer.commit();
            return new Evaluation(score.perplexity(), 0, 1, sample(model));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Scores a model of the same vocabulary against the base. */
    Evaluation evaluate(Transformer model) throws IOException {
        try (BaseDistributions base = BaseDistributions.open(
                distributions, options.context(), model.config().vocabulary(), options.chunks(), options.test())) {
            Divergence divergence = new Divergence();
            Perplexity.Score score = score(model, row -> divergence.add(base, row));
            return new Evaluation(score.perplexity(), divergence.kl(), divergence.sameTop(), sample(model));
        }
    }

    void deleteDistributions() throws IOException {
        Files.deleteIfExists(distributions);
    }

    private interface RowSink {
        void accept(float[] logProbabilities);
    }

    private Perplexity.Score score(Transformer model, RowSink sink) {
        return new Perplexity(model, CacheType.F32, options.context())
                .score(options.test(), options.chunks(), new Perplexity.Listener() {
                    @Override
                    public void predicted(int token, float[] logProbabilities) {
                        sink.accept(logProbabilities);
                    }

                    @Override
                    public void chunk(int chunk, int chunks, Perplexity.Score soFar) {}
                });
    }

    private String sample(Transformer model) {
        int[] prompt = options.prompt();
        if (prompt.length == 0 || options.sampleTokens() == 0) return "";
        Sampler greedy = new Sampler(SamplingParameters.greedy(), model.config().vocabulary());
        try (Sequence sequence = model.newSequence(CacheType.F32, prompt.length + options.sampleTokens())) {
            Generation text = new Generator(model, sequence, greedy, tokenizer::isStop)
                    .generate(prompt, options.sampleTokens(), token -> {});
            return tokenizer.decode(
                    text.tokens().stream().mapToInt(Integer::intValue).toArray(), true);
        }
    }
}
