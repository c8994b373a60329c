package dev.lutra.quant.mix;

import dev.lutra.gguf.type.TensorType;
import dev.lutra.gguf.type.TensorTypes;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * What a user asks for instead of the rules.
 *
 * @param tokenEmbedding type of the token embedding, null for the rules'
 * @param output type of the output projection, also where that is the token embedding; null for the rules'
 * @param tensors types by name, the first that matches counts
 * @param pure whether every other tensor gets the base type
 */
public record TypeOverrides(
        @Nullable TensorType tokenEmbedding, @Nullable TensorType output, List<ByName> tensors, boolean pure) {
    /** Nothing overridden. */
    public static final TypeOverrides NONE = new TypeOverrides(null, null, List.of(), false);

    public TypeOverrides {
        tensors = List.copyOf(tensors);
    }

    /**
     * A type for all tensors in whose names {@code pattern} is found.
     *
     * @param pattern searched for, not matched as a whole: {@code ffn_down}, {@code blk\.[0-3]\.}
     */
    public record ByName(Pattern pattern, TensorType type) {
        /**
         * Reads {@code REGEX=TYPE}.
         *
         * @throws IllegalArgumentException when a part is missing, or is no regular expression or type
         */
        public static ByName parse(String text) {
            int equals = text.lastIndexOf('=');
            if (equals < 1)
                throw new IllegalArgumentException(
                        "\"" + text + "\" is not of the form REGEX=TYPE, as in ffn_down=q6_K");
            String typeName = text.substring(equals + 1);
            TensorType type = TensorTypes.byName(typeName)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "\"" + text + "\": no tensor type is called \"" + typeName + "\""));
            try {
                return new ByName(Pattern.compile(text.substring(0, equals)), type);
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException("\"" + text + "\": " + e.getMessage(), e);
            }
        }
    }

    /** The type that the user chose for {@code name} by its pattern. */
    Optional<TensorType> byName(String name) {
        return tensors.stream()
                .filter(rule -> rule.pattern.matcher(name).find())
                .map(ByName::type)
                .findFirst();
    }
}
