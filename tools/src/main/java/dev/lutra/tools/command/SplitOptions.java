package dev.lutra.tools.command;

import dev.lutra.gguf.write.SplitLimits;
import dev.lutra.tools.report.Sizes;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** How output is spread over files. */
public final class SplitOptions {
    @Spec(Target.MIXEE)
    private CommandSpec command;

    private long maxBytes;
    private int maxTensors;

    @Option(names = "--no-tensor-first-split", description = "Keep the first file to metadata.")
    private boolean metadataFirst;

    @Option(
            names = "--split-max-size",
            paramLabel = "N",
            description = "Most bytes of tensor data in a file (K, M, G); a larger tensor gets a file of its own.")
    void setMaxSize(@Nullable String size) {
        try {
            if (size != null) maxBytes = Sizes.parse(size);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), "--split-max-size: " + e.getMessage(), e);
        }
    }

    @Option(names = "--split-max-tensors", paramLabel = "N", description = "Most tensors in a file.")
    void setMaxTensors(int tensors) {
        if (tensors < 1)
            throw new ParameterException(command.commandLine(), "--split-max-tensors must be positive, not " + tensors);
        maxTensors = tensors;
    }

    /** Most bytes of tensor data in a file; {@code otherwise} when the user does not say. */
    long maxBytes(long otherwise) {
        return maxBytes == 0 ? otherwise : maxBytes;
    }

    /** One file unless the user says otherwise. */
    SplitLimits limits() {
        return limits(0);
    }

    /** At most {@code otherwise} tensors in a file, 0 for any number, when the user sets no limit. */
    SplitLimits limits(int otherwise) {
        int tensors = maxBytes == 0 && maxTensors == 0 ? otherwise : maxTensors;
        boolean spread = maxBytes > 0 || tensors > 0;
        return new SplitLimits(maxBytes, tensors, metadataFirst && spread);
    }
}
