package dev.lutra.gguf.names;

import dev.lutra.gguf.model.Architecture;
import dev.lutra.gguf.model.Experts;
import dev.lutra.gguf.model.ModelConfig;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One line of {@code tensors.txt}. */
record TensorRule(
        Set<Architecture> families,
        TensorKind kind,
        String presence,
        List<String> shape,
        String gguf,
        List<String> hf) {

    /** The rule on {@code line}: six fields separated by white space. */
    static TensorRule parse(String line) {
        String[] fields = line.trim().split("\\s+", -1);
        if (fields.length != 6) throw new IllegalStateException("not six fields: " + line);
        Set<Architecture> families = EnumSet.noneOf(Architecture.class);
        if (fields[0].equals("*")) families = EnumSet.allOf(Architecture.class);
        else for (String family : fields[0].split(",", -1)) families.add(Architecture.valueOf(family));
        return new TensorRule(
                families,
                TensorKind.valueOf(fields[1].toUpperCase(Locale.ROOT)),
                fields[2],
                List.of(fields[3].split(",", -1)),
                fields[4],
                List.of(fields[5].split("\\|", -1)));
    }

    /** Whether a model of {@code config} may have the tensor. */
    boolean appliesTo(ModelConfig config) {
        Experts experts = config.experts();
        boolean shared = gguf.contains("_shexp");
        return families.contains(config.architecture())
                && !(presence.equals("untied") && config.tied())
                && !(shared && (experts == null || experts.sharedFeedForward() == 0));
    }

    boolean perLayer() {
        return gguf.contains("{i}");
    }

    private boolean perExpert() {
        return hf.getFirst().contains("{e}");
    }

    /** The tensor of {@code layer} in a model of {@code config}. */
    ExpectedTensor expand(ModelConfig config, int layer) {
        int parts = perExpert() ? Objects.requireNonNull(config.experts()).count() : 1;
        List<List<String>> sources = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            int expert = part;
            sources.add(hf.stream()
                    .map(name -> name.replace("{i}", Integer.toString(layer)).replace("{e}", Integer.toString(expert)))
                    .toList());
        }
        boolean vector = shape.size() == 1;
        return new ExpectedTensor(
                gguf.replace("{i}", Integer.toString(layer)),
                sources,
                kind,
                vector ? 1 : dimension(config, shape.getFirst()),
                dimension(config, shape.getLast()),
                vector,
                presence.equals("optional"));
    }

    private static int dimension(ModelConfig config, String name) {
        return switch (name) {
            case "one" -> 1;
            case "vocab" -> config.vocabulary();
            case "hidden" -> config.hidden();
            case "query" -> config.queryWidth();
            case "key" -> config.keyWidth();
            case "head" -> config.headDim();
            case "ffn" -> config.feedForward();
            case "experts" -> Objects.requireNonNull(config.experts()).count();
            case "expert" -> Objects.requireNonNull(config.experts()).feedForward();
            case "shared" -> Objects.requireNonNull(config.experts()).sharedFeedForward();
            default -> throw new IllegalStateException("no dimension is called " + name);
        };
    }

    /** Matches names that {@code template} stands for; group 1 is the layer, group 2 the expert. */
    static Pattern pattern(String template) {
        return Pattern.compile(
                Pattern.quote(template).replace("{i}", "\\E(\\d+)\\Q").replace("{e}", "\\E(\\d+)\\Q"));
    }

    /** {@code template} with layer and expert taken from {@code match}. */
    static String fill(String template, Matcher match) {
        String filled = template;
        if (match.groupCount() >= 1) filled = filled.replace("{i}", match.group(1));
        if (match.groupCount() >= 2) filled = filled.replace("{e}", match.group(2));
        return filled;
    }
}
