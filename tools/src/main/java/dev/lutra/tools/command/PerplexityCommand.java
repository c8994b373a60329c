package dev.lutra.tools.command;

import dev.lutra.engine.evaluation.BaseDistributions;
import dev.lutra.engine.evaluation.Divergence;
import dev.lutra.engine.evaluation.Perplexity;
import dev.lutra.engine.evaluation.Perplexity.Score;
import dev.lutra.engine.text.LanguageModel;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.report.Sizes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code perplexity}: how well a model predicts a text, alone or against another model. */
@Command(
        name = "perplexity",
        description = "Scores a text in chunks, each read alone, every position but its first; with a base, also the KL"
                + " divergence from the base's distributions.")
public final class PerplexityCommand extends BaseCommand {
    @Mixin
    private ModelOption model = new ModelOption();

    @Mixin
    private PromptOptions text = new PromptOptions();

    @Option(
            names = {"-c", "--ctx-size"},
            paramLabel = "CTX",
            defaultValue = "512",
            description = "Tokens of a chunk; default 512.")
    private int context;

    @Option(names = "--chunks", paramLabel = "N", defaultValue = "-1", description = "Score the first N chunks only.")
    private int chunks;

    @Option(
            names = "--kl-divergence-base",
            paramLabel = "F",
            description = "Write this model's distributions to F; with --kl-divergence, read them from F.")
    private @Nullable Path base;

    @Option(names = "--kl-divergence", description = "Compare with the distributions in --kl-divergence-base.")
    private boolean divergence;

    @Option(names = "--json", description = "Print the final result as JSON.")
    private boolean json;

    @Override
    protected void run() throws IOException {
        if (divergence && base == null) throw usage("--kl-divergence needs --kl-divergence-base F to compare with");
        if (context < 2) throw usage("-c must be 2 or more, not " + context);
        try (LanguageModel opened = model.open(err()::println)) {
            int[] ids = text.tokens(opened);
            Perplexity perplexity = new Perplexity(opened.transformer(), model.cacheType(CacheType.F32), context);
            int count = chunks > 0 ? chunks : perplexity.chunks(ids.length);
            score(perplexity, ids, Math.max(count, 1), opened.config().vocabulary());
        }
    }

    private void score(Perplexity perplexity, int[] ids, int count, int vocabulary) throws IOException {
        Divergence compared = new Divergence();
        try (BaseDistributions reference = divergence && base != null
                        ? BaseDistributions.open(base, context, vocabulary, count, ids)
                        : null;
                BaseDistributions.Writer writer = !divergence && base != null
                        ? new BaseDistributions.Writer(base, context, vocabulary, count, ids)
                        : null) {
            if (writer != null)
                err().println("writing " + Sizes.bytes(BaseDistributions.byteSize(context, vocabulary, count)) + " to "
                        + base);
            Score score = perplexity.score(ids, count, new Perplexity.Listener() {
                @Override
                public void predicted(int token, float[] logProbabilities) {
                    if (reference != null) compared.add(reference, logProbabilities);
                    try {
                        if (writer != null) writer.add(logProbabilities);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }

                @Override
                public void chunk(int chunk, int chunks, Score soFar) {
                    err().printf(Locale.ROOT, "[%d/%d] %.4f%n", chunk, chunks, soFar.perplexity());
                    err().flush();
                }
            });
            if (writer != null) writer.commit();
            print(score, reference == null ? null : compared);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void print(Score score, @Nullable Divergence compared) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("ppl", score.perplexity());
        result.put("nll", score.nll());
        result.put("tokens", score.tokens());
        if (compared != null) {
            result.put("kl", compared.kl());
            result.put("same_top", compared.sameTop());
        }
        if (json) {
            out().println(JsonMapper.builder().build().writeValueAsString(result));
            return;
        }
        out().printf(
                        Locale.ROOT,
                        "perplexity %.4f (%.6f nats per token, %d tokens)%n",
                        score.perplexity(),
                        score.nll(),
                        score.tokens());
        if (compared != null)
            out().printf(
                            Locale.ROOT,
                            "KL divergence %.6f nats per token, same top token %.2f %%%n",
                            compared.kl(),
                            compared.sameTop() * 100);
    }
}
