package dev.lutra.gguf.names;

import dev.lutra.gguf.model.Architecture;
import dev.lutra.gguf.model.ModelConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Maps tensor names between Hugging Face checkpoints and GGUF files, and lists the tensors that a model has. The facts are
 * the lines of {@code tensors.txt}: another family is more lines.
 */
public final class TensorNames {
    private static final List<TensorRule> RULES = load();
    private static final List<Matching> MATCHING =
            RULES.stream().map(Matching::new).toList();

    private final List<Matching> rules;

    /** A rule and what its names look like. */
    private record Matching(TensorRule rule, Pattern gguf, List<Pattern> hf) {
        Matching(TensorRule rule) {
            this(
                    rule,
                    TensorRule.pattern(rule.gguf()),
                    rule.hf().stream().map(TensorRule::pattern).toList());
        }
    }

    private TensorNames(List<Matching> rules) {
        this.rules = rules;
    }

    /** The names of {@code family}. */
    public static TensorNames of(Architecture family) {
        return new TensorNames(MATCHING.stream()
                .filter(matching -> matching.rule().families().contains(family))
                .toList());
    }

    /**
     * The GGUF name of a checkpoint's tensor. All experts' matrices of a layer have one GGUF name; its parts lie in the order
     * of the experts.
     */
    public Optional<String> toGguf(String hfName) {
        for (Matching matching : rules)
            for (Pattern pattern : matching.hf()) {
                Matcher match = pattern.matcher(hfName);
                if (match.matches())
                    return Optional.of(TensorRule.fill(matching.rule().gguf(), match));
            }
        return Optional.empty();
    }

    /**
     * The checkpoint's name of a GGUF tensor, in today's spelling; {@code {e}} stays in place of the expert where one GGUF
     * tensor holds all of them.
     */
    public Optional<String> toHf(String ggufName) {
        for (Matching matching : rules) {
            Matcher match = matching.gguf().matcher(ggufName);
            if (match.matches())
                return Optional.of(TensorRule.fill(matching.rule().hf().getFirst(), match));
        }
        return Optional.empty();
    }

    /** Every tensor that a model of {@code config} has, in the order of llama.cpp's files: outer tensors, then layers. */
    public static List<ExpectedTensor> expected(ModelConfig config) {
        List<TensorRule> applying =
                RULES.stream().filter(rule -> rule.appliesTo(config)).toList();
        List<ExpectedTensor> all = new ArrayList<>();
        for (TensorRule rule : applying) if (!rule.perLayer()) all.add(rule.expand(config, 0));
        for (int layer = 0; layer < config.layers(); layer++)
            for (TensorRule rule : applying) if (rule.perLayer()) all.add(rule.expand(config, layer));
        return all;
    }

    private static List<TensorRule> load() {
        try (InputStream in = TensorNames.class.getResourceAsStream("tensors.txt")) {
            if (in == null) throw new IllegalStateException("tensors.txt is missing from the jar");
            List<TensorRule> rules = new ArrayList<>();
            BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = reader.readLine(); line != null; line = reader.readLine())
                if (!line.isBlank() && !line.startsWith("#")) rules.add(TensorRule.parse(line));
            return List.copyOf(rules);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
