package dev.lutra.engine.text;

import dev.lutra.engine.model.Transformer;
import dev.lutra.engine.model.TransformerLoader;
import dev.lutra.engine.tokenizer.GgufTokenizer;
import dev.lutra.engine.tokenizer.Tokenizer;
import dev.lutra.engine.weights.FloatWeights;
import dev.lutra.engine.weights.GgufWeights;
import dev.lutra.engine.weights.WeightSource;
import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.model.GgufConfig;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.team.Team;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** A model opened from a GGUF file: weights ready for the kernels, and a tokenizer. One thread at a time. */
public final class LanguageModel implements AutoCloseable {
    private final GgufFile file;
    private final Team team;
    private final Transformer transformer;
    private final Arena decoded;
    private final ModelOptions options;
    private @Nullable Tokenizer tokenizer;

    /** The tokenizer on its way, when it was asked for at once. */
    private @Nullable CompletableFuture<Tokenizer> loading;

    private LanguageModel(GgufFile file, Team team, Transformer transformer, Arena decoded, ModelOptions options) {
        this.file = file;
        this.team = team;
        this.transformer = transformer;
        this.decoded = decoded;
        this.options = options;
    }

    /**
     * Opens a model; for a sharded one, {@code path} is its first shard.
     *
     * @throws MalformedFileException when the file is damaged, or its tensors do not make the model that its metadata describe
     * @throws UnsupportedOperationException when kernels are asked for that this process cannot run
     */
    public static LanguageModel open(Path path, ModelOptions options) throws IOException {
        return open(GgufFile.open(path), options);
    }

    /** As {@link #open}, reading the tokenizer beside the weights: who starts with a text waits for both. */
    public static LanguageModel openForText(Path path, ModelOptions options) throws IOException {
        GgufFile file = GgufFile.open(path);
        CompletableFuture<Tokenizer> tokenizer = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("lutra-tokenizer").start(() -> {
            try {
                tokenizer.complete(GgufTokenizer.load(file.metadata(), options.preTokenizer(), options.warnings()));
            } catch (RuntimeException | Error e) {
                tokenizer.completeExceptionally(e);
            }
        });
        LanguageModel model = open(file, options);
        model.loading = tokenizer;
        return model;
    }

    private static LanguageModel open(GgufFile file, ModelOptions options) {
        Team team = Team.of(options.threads());
        Arena decoded = Arena.ofShared();
        try {
            Kernels kernels = options.kernels() == null ? Kernels.best(team) : Kernels.of(options.kernels(), team);
            kernels = kernels.tuned(options.tuning());
            ModelConfig config = GgufConfig.read(file);
            WeightSource weights = new GgufWeights(file, team, options.i2sLayout());
            if (options.floatActivations()) weights = new FloatWeights(weights, team, decoded);
            Transformer transformer;
            try {
                transformer = TransformerLoader.load(config, weights, kernels);
            } catch (IllegalArgumentException e) {
                throw new MalformedFileException(
                        file.path(), MalformedFileException.NO_OFFSET, String.valueOf(e.getMessage()), e);
            }
            return new LanguageModel(file, team, transformer, decoded, options);
        } catch (RuntimeException | Error e) {
            decoded.close();
            team.close();
            file.close();
            throw e;
        }
    }

    /** The open file. */
    public GgufFile file() {
        return file;
    }

    public Transformer transformer() {
        return transformer;
    }

    public ModelConfig config() {
        return transformer.config();
    }

    /** The file's tokenizer, read when first asked for: a benchmark does without. */
    public Tokenizer tokenizer() {
        Tokenizer loaded = tokenizer;
        if (loaded == null) tokenizer = loaded = load();
        return loaded;
    }

    private Tokenizer load() {
        CompletableFuture<Tokenizer> started = loading;
        if (started == null) return GgufTokenizer.load(file.metadata(), options.preTokenizer(), options.warnings());
        try {
            return started.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            throw e;
        }
    }

    @Override
    public void close() {
        // it reads the file that is about to be unmapped
        if (loading != null) loading.exceptionally(failure -> null).join();
        transformer.close();
        decoded.close();
        team.close();
        file.close();
    }
}
