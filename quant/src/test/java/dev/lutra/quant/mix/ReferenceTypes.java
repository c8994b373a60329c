package dev.lutra.quant.mix;

import dev.lutra.gguf.type.TensorType;
import dev.lutra.gguf.type.TensorTypes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What llama.cpp chose for one model, read from a text resource: a line {@code model}, a line for each kind of
 * {@code tensor}, and for each {@code case} of options the types, layer by layer, {@code q4_K*3} standing for three layers.
 */
record ReferenceTypes(ModelFacts facts, List<TensorShape> tensors, List<Case> cases) {
    /**
     * @param refused whether llama.cpp gave up
     * @param fallbacks how many types it could not use for the length of the rows
     * @param types of the tensors that are not kept as floats
     */
    record Case(
            String title,
            FileType fileType,
            int fileTypeNumber,
            boolean importance,
            TypeOverrides overrides,
            boolean refused,
            int fallbacks,
            Map<String, String> types) {}

    static ReferenceTypes read(String model) {
        Parser parser = new Parser();
        lines(model + ".txt").forEach(parser::line);
        return new ReferenceTypes(parser.facts(), parser.tensors, parser.cases);
    }

    private static List<String> lines(String name) {
        try (InputStream in = ReferenceTypes.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Parser {
        private final Map<String, String> model = new HashMap<>();
        private final List<TensorShape> tensors = new ArrayList<>();
        private final Set<String> kept = new HashSet<>();
        private final List<Case> cases = new ArrayList<>();
        private Map<String, String> types = Map.of();

        void line(String line) {
            List<String> words = List.of(line.strip().split(" +"));
            switch (words.getFirst()) {
                case "#" -> {}
                case "model" -> {
                    model.put("architecture", words.get(1));
                    words.stream().skip(2).map(word -> word.split("=")).forEach(pair -> model.put(pair[0], pair[1]));
                }
                case "tensor" -> tensor(words);
                case "case" -> options(line, words);
                default -> types(words);
            }
        }

        private int number(String key) {
            return Integer.parseInt(model.get(key));
        }

        ModelFacts facts() {
            return new ModelFacts(
                    model.get("architecture"),
                    number("layers"),
                    number("heads"),
                    number("kv-heads"),
                    number("experts"));
        }

        private List<String> names(String pattern) {
            if (!pattern.contains("*")) return List.of(pattern);
            List<String> names = new ArrayList<>();
            for (int layer = 0; layer < number("layers"); layer++)
                names.add(pattern.replace("*", Integer.toString(layer)));
            return names;
        }

        private void tensor(List<String> words) {
            List<Long> dimensions = words.stream().skip(3).map(Long::valueOf).toList();
            if (words.get(2).equals("f32")) kept.add(words.get(1));
            for (String name : names(words.get(1))) tensors.add(new TensorShape(name, dimensions));
        }

        private void options(String line, List<String> words) {
            FileType fileType = FileType.byName(words.get(1)).orElseThrow();
            boolean importance = false, pure = false, refused = false;
            int number = -1, fallbacks = -1;
            TensorType output = null, embedding = null;
            List<TypeOverrides.ByName> byName = new ArrayList<>();
            for (String word : words.subList(2, words.size())) {
                int equals = word.indexOf('=');
                String value = word.substring(equals + 1);
                switch (equals < 0 ? word : word.substring(0, equals)) {
                    case "imatrix" -> importance = true;
                    case "pure" -> pure = true;
                    case "error" -> refused = true;
                    case "file-type" -> number = Integer.parseInt(value);
                    case "output" -> output = TensorTypes.byName(value).orElseThrow();
                    case "embedding" -> embedding = TensorTypes.byName(value).orElseThrow();
                    case "tensor" -> byName.add(TypeOverrides.ByName.parse(value));
                    case "fallbacks" -> fallbacks = Integer.parseInt(value);
                    default -> throw new IllegalArgumentException(line);
                }
            }
            types = new HashMap<>();
            cases.add(new Case(
                    line,
                    fileType,
                    number,
                    importance,
                    new TypeOverrides(embedding, output, byName, pure),
                    refused,
                    fallbacks,
                    types));
        }

        private void types(List<String> words) {
            if (kept.contains(words.getFirst())) return;
            List<String> expanded = new ArrayList<>();
            for (String run : words.subList(1, words.size())) {
                String[] parts = run.split("\\*");
                int count = parts.length == 1 ? 1 : Integer.parseInt(parts[1]);
                expanded.addAll(Arrays.asList(new String[count]));
                expanded.subList(expanded.size() - count, expanded.size()).replaceAll(none -> parts[0]);
            }
            List<String> names = names(words.getFirst());
            for (int i = 0; i < names.size(); i++) types.put(names.get(i), expanded.get(i));
        }
    }
}
