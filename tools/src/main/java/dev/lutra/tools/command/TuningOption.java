package dev.lutra.tools.command;

import dev.lutra.kernels.TernaryTuning;
import dev.lutra.kernels.ternary.SpecialKernels;
import dev.lutra.lutgen.tune.TuningFile;
import dev.lutra.tools.machine.Machine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Mixed into commands that run a model: which kernels were measured to be fastest. */
public final class TuningOption {
    @Option(
            names = "--kernel-config",
            paramLabel = "FILE",
            description =
                    "Kernels to take for each shape: the kernel_tuning.json of generate-kernels --tune, or an ini file"
                            + " beside it.")
    private @Nullable Path file;

    /** What the user's file says for so many threads; nothing without one. */
    TernaryTuning choices(int threads, Consumer<String> warnings) throws IOException {
        if (file == null) return TernaryTuning.NONE;
        TuningFile tuning = TuningFile.read(file);
        Map<String, Object> here = Machine.describe();
        for (String fact : new String[] {"cpu", "isa"})
            if (!Objects.equals(here.get(fact), tuning.machine().get(fact)))
                warnings.accept(file + " was measured with " + fact + " "
                        + tuning.machine().get(fact) + ", this is " + here.get(fact)
                        + "; measure again with generate-kernels --tune");
        SpecialKernels generated = SpecialKernels.NONE;
        if (tuning.usesGenerated()) {
            Path folder = file.toAbsolutePath().getParent();
            generated = SpecialKernels.load(
                    tuning.libraries().stream().map(folder::resolve).toList(), warnings);
        }
        return tuning.choices(threads, generated);
    }
}
