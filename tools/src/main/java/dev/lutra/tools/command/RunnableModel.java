package dev.lutra.tools.command;

import dev.lutra.engine.model.Transformer;
import dev.lutra.engine.model.TransformerLoader;
import dev.lutra.engine.text.LanguageModel;
import dev.lutra.engine.text.ModelOptions;
import dev.lutra.engine.tokenizer.GgufTokenizer;
import dev.lutra.engine.tokenizer.Tokenizer;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.team.Team;
import dev.lutra.tools.convert.CheckpointSource;
import dev.lutra.tools.convert.SourceWeights;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/** A model that runs, from a GGUF file or from a checkpoint folder as it is. */
final class RunnableModel implements AutoCloseable {
    private final Transformer transformer;
    private final Tokenizer tokenizer;
    private final Runnable closing;

    private RunnableModel(Transformer transformer, Tokenizer tokenizer, Runnable closing) {
        this.transformer = transformer;
        this.tokenizer = tokenizer;
        this.closing = closing;
    }

    static RunnableModel open(Path path, ModelOptions options) throws IOException {
        if (Files.isDirectory(path)) return checkpoint(path, options);
        LanguageModel model = LanguageModel.open(path, options);
        try {
            return new RunnableModel(model.transformer(), model.tokenizer(), model::close);
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    private static RunnableModel checkpoint(Path folder, ModelOptions options) throws IOException {
        CheckpointSource source = CheckpointSource.open(folder, options.preTokenizer(), options.warnings());
        Arena arena = Arena.ofShared();
        Team team = Team.of(options.threads());
        try {
            Tokenizer tokenizer = GgufTokenizer.load(source.metadata(), options.preTokenizer(), options.warnings());
            Kernels kernels = options.kernels() == null ? Kernels.best(team) : Kernels.of(options.kernels(), team);
            Transformer transformer =
                    TransformerLoader.load(source.config(), new SourceWeights(source, arena), kernels);
            return new RunnableModel(transformer, tokenizer, () -> {
                transformer.close();
                close(source, arena, team);
            });
        } catch (RuntimeException | Error e) {
            close(source, arena, team);
            throw e;
        }
    }

    private static void close(CheckpointSource source, Arena arena, Team team) {
        team.close();
        arena.close();
        source.close();
    }

    Transformer transformer() {
        return transformer;
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    public void close() {
        closing.run();
    }
}
