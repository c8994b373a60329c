package dev.lutra.tools.command;

import dev.lutra.engine.text.LanguageModel;
import dev.lutra.engine.text.ModelOptions;
import dev.lutra.engine.tokenizer.PreTokenizer;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.quant.ternary.I2sLayout;
import dev.lutra.tools.cli.CommandFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Mixed into commands that run a model. */
public final class ModelOption {
    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            required = true,
            description = "A GGUF model; of a sharded one, the first file.")
    private Path file;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    @Option(
            names = "--kernel",
            paramLabel = "K",
            description = "scalar, vector or native; default: the fastest that works here.")
    private @Nullable KernelKind kernel;

    @Option(
            names = {"-ctk", "--cache-type-k"},
            paramLabel = "T",
            description = "Type of cached keys: f16, f32 or q8_0; default: f16 to generate, f32 to evaluate.")
    private @Nullable CacheType keyType;

    @Option(
            names = {"-ctv", "--cache-type-v"},
            paramLabel = "T",
            description = "Type of cached values; the same as -ctk.")
    private @Nullable CacheType valueType;

    @Option(
            names = "--i2s-layout",
            paramLabel = "L",
            description =
                    "Order of trits in I2_S tensors: x86 (default), or arm64 for files made by bitnet.cpp on ARM.")
    private I2sLayout i2sLayout = I2sLayout.X86;

    @Option(
            names = "--float-activations",
            description = "Decode quantized weights to float32 and multiply them by activations that are not rounded:"
                    + " slower and larger, shows what the weights alone have lost.")
    private boolean floatActivations;

    @Option(
            names = "--pre",
            paramLabel = "NAME",
            description = "How text is split into words, instead of what the file says.")
    private @Nullable String pre;

    @Mixin
    private TuningOption tuning = new TuningOption();

    /** Opens the model. */
    LanguageModel open(Consumer<String> warnings) throws IOException {
        return LanguageModel.openForText(file, options(warnings));
    }

    ModelOptions options(Consumer<String> warnings) throws IOException {
        PreTokenizer preTokenizer = null;
        if (pre != null)
            preTokenizer = PreTokenizer.byName(pre)
                    .orElseThrow(() -> new CommandFailure("--pre: no split is called '" + pre + "'"));
        return new ModelOptions(
                kernel,
                threads.threads(),
                i2sLayout,
                floatActivations,
                preTokenizer,
                tuning.choices(threads.threads(), warnings),
                warnings);
    }

    Path file() {
        return file;
    }

    int threads() {
        return threads.threads();
    }

    /** Type of keys and values, which must be one; {@code otherwise} when the user does not say. */
    CacheType cacheType(CacheType otherwise) {
        if (keyType != null && valueType != null && valueType != keyType)
            throw new CommandFailure("-ctk " + keyType + " and -ctv " + valueType + " differ; the cache has one type");
        if (keyType != null) return keyType;
        return valueType != null ? valueType : otherwise;
    }
}
