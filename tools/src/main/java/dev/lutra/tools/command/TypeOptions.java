package dev.lutra.tools.command;

import dev.lutra.gguf.type.TensorType;
import dev.lutra.gguf.type.TensorTypes;
import dev.lutra.quant.mix.TypeOverrides;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options by which a user sets the types of single tensors. */
public final class TypeOptions {
    @Option(names = "--token-embedding-type", paramLabel = "T", description = "Type of the token embedding.")
    private @Nullable String tokenEmbedding;

    @Option(
            names = "--output-type",
            paramLabel = "T",
            description = "Type of the output projection; of a tied model, of the token embedding.")
    private @Nullable String output;

    @Option(
            names = "--tensor-type",
            paramLabel = "REGEX=T",
            description = "Type of the tensors in whose names REGEX is found; repeatable, the first match counts.")
    private List<String> tensors = new ArrayList<>();

    @Option(names = "--pure", description = "Give every tensor the format's base type, without a mixture's exceptions.")
    private boolean pure;

    TypeOverrides overrides() {
        return new TypeOverrides(
                type("--token-embedding-type", tokenEmbedding),
                type("--output-type", output),
                tensors.stream().map(TypeOverrides.ByName::parse).toList(),
                pure);
    }

    private static @Nullable TensorType type(String option, @Nullable String name) {
        if (name == null) return null;
        return TensorTypes.byName(name)
                .orElseThrow(() -> new IllegalArgumentException(option + ": no type is called '" + name + "'"));
    }
}
