package dev.lutra.tools.card;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a model's name says: {@code Qwen/Qwen2.5-0.5B-Instruct} has the
 * organization Qwen, the basename Qwen2.5, the size 0.5B and the fine-tune Instruct. The rules are those of gguf-py's {@code Metadata.get_model_id_components}; what they make of a name is null
 * where they find nothing.
 *
 * @param fullName all behind the organization
 */
record ModelId(
        @Nullable String fullName,
        @Nullable String organization,
        @Nullable String basename,
        @Nullable String finetune,
        @Nullable String version,
        @Nullable String sizeLabel) {
    /** The name that says nothing. */
    static final ModelId NONE = new ModelId(null, null, null, null, null, null);

    private static final Pattern VERSION = ignoringCase("(v|iter)?\\d+([.]\\d+)*");
    private static final Pattern TYPE = ignoringCase("i?q\\d(_\\w)*|b?fp?(16|32)");
    private static final Pattern SIZE =
            ignoringCase("(([A]|\\d+[x])?\\d+([._]\\d+)?[KMBT][\\d]?|small|mini|medium|large|x?xl)");
    private static final Pattern ACTIVE = ignoringCase("A\\d+([._]\\d+)?[KMBT][\\d]?");
    private static final Pattern TUNE = ignoringCase("chat|instruct|vision|lora");
    private static final Pattern UNTITLED = Pattern.compile("v\\d+(?:\\.\\d+)*|\\d.*");

    private enum Meaning {
        BASENAME,
        SIZE,
        FINETUNE,
        VERSION,
        TYPE
    }

    /** A piece of a name between dashes, and what it may be. */
    private static final class Part {
        private String text;
        private final Set<Meaning> meanings = EnumSet.noneOf(Meaning.class);

        Part(String text) {
            this.text = text;
        }

        boolean is(Meaning meaning) {
            return meanings.contains(meaning);
        }

        boolean isWord() {
            return text.chars().allMatch(Character::isLetter);
        }

        boolean hasDigit() {
            return text.chars().anyMatch(Character::isDigit);
        }
    }

    private static Pattern ignoringCase(String regex) {
        return Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
    }

    /**
     * Reads {@code id}.
     *
     * @param weights of the model; a size that is far from it is a length of context, so part of the fine-tune's name
     */
    static ModelId of(String id, long weights) {
        if (id.contains(" ")) return new ModelId(id, null, null, null, null, null);
        int slash = id.indexOf('/');
        String organization = slash < 0 || id.startsWith(".") ? null : id.substring(0, slash);
        String name = id.substring(slash + 1);
        List<Part> parts = new ArrayList<>();
        for (String piece : name.split("-", -1)) if (!piece.isEmpty()) parts.add(new Part(piece));
        for (int i = 0; i < parts.size(); i++) annotate(parts, i, weights);
        if (parts.stream().anyMatch(part -> part.is(Meaning.SIZE) && part.hasDigit()))
            for (Part part : parts) if (part.isWord()) part.meanings.remove(Meaning.SIZE);
        markBasename(parts);
        String size = joined(texts(parts, part -> part.is(Meaning.SIZE)).distinct());
        String tune = joined(texts(parts, part -> part.is(Meaning.FINETUNE)));
        String version = joined(texts(parts, part -> part.is(Meaning.VERSION) && !part.is(Meaning.BASENAME)));
        boolean telling = size != null || tune != null || version != null;
        String basename = telling ? joined(texts(parts, part -> part.is(Meaning.BASENAME))) : null;
        return new ModelId(name, organization, basename, tune, version, size);
    }

    private static void annotate(List<Part> parts, int index, long weights) {
        Part part = parts.get(index);
        if (VERSION.matcher(part.text).matches()) {
            part.meanings.add(Meaning.VERSION);
        } else if (TYPE.matcher(part.text).matches()) {
            part.meanings.add(Meaning.TYPE);
            part.text = part.text.toUpperCase(Locale.ROOT);
        } else if (index > 0 && SIZE.matcher(part.text).matches()) {
            part.text = normalizedSize(part.text);
            if (isContext(part.text, index + 1 < parts.size() ? parts.get(index + 1).text : "", weights)) {
                part.meanings.add(Meaning.FINETUNE);
                int last = part.text.length() - 1;
                part.text =
                        part.text.substring(0, last) + part.text.substring(last).toLowerCase(Locale.ROOT);
            } else {
                part.meanings.add(Meaning.SIZE);
            }
        } else if (index > 0 && TUNE.matcher(part.text).matches()) {
            part.meanings.add(Meaning.FINETUNE);
        }
    }

    /** {@code 0_5b} as {@code 0.5B}, and Bloom's {@code 7b1} as {@code 7.1B}. */
    private static String normalizedSize(String text) {
        String size = text.replace('_', '.');
        int last = size.length() - 1;
        if (Character.isDigit(size.charAt(last)))
            size = size.substring(0, last - 1) + "." + size.charAt(last) + size.charAt(last - 1);
        boolean counted = last > 0 && Character.isDigit(size.charAt(size.length() - 2));
        return counted
                ? size.substring(0, size.length() - 1) + Character.toUpperCase(size.charAt(size.length() - 1))
                : size;
    }

    /** Whether a size differs so much from the model's that it must be something else, unless that is explained by {@code next}. */
    private static boolean isContext(String size, String next, long weights) {
        double stated = count(size);
        if (weights == 0 || Double.isNaN(stated) || !isFar(stated, weights)) return false;
        // 26B-A4B: the weights of an expert model that are active at once
        return !(ACTIVE.matcher(next).matches()
                && !isFar(count(normalizedSize(next).substring(1)), weights));
    }

    private static boolean isFar(double stated, long weights) {
        return Math.abs(stated - weights) > 7 * weights / 8;
    }

    /** What {@code 7B} counts, NaN for sizes that are words or products. */
    private static double count(String size) {
        int last = size.length() - 1;
        try {
            return Double.parseDouble(size.substring(0, last)) * Math.pow(1000, " KMBT".indexOf(size.charAt(last)));
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    /** The basename is what stands in front, up to the first part that is understood; versions belong to it only inside. */
    private static void markBasename(List<Part> parts) {
        boolean atStart = true;
        for (Part part : parts) {
            boolean name = part.meanings.isEmpty() && Character.isLetter(part.text.charAt(0));
            atStart &= name || part.is(Meaning.VERSION);
            if (atStart) part.meanings.add(Meaning.BASENAME);
            else if (part.meanings.isEmpty()) part.meanings.add(Meaning.FINETUNE);
        }
        for (Part part : parts.reversed()) {
            if (!part.is(Meaning.BASENAME) || part.meanings.size() == 1) break;
            part.meanings.remove(Meaning.BASENAME);
        }
    }

    private static Stream<String> texts(List<Part> parts, Predicate<Part> wanted) {
        return parts.stream().filter(wanted).map(part -> part.text);
    }

    private static @Nullable String joined(Stream<String> texts) {
        String all = texts.collect(Collectors.joining("-"));
        return all.isEmpty() ? null : all;
    }

    /** {@code qwen2.5-0.5b-instruct} as {@code Qwen2.5 0.5b Instruct}; words with capitals, sizes and versions stay. */
    static String title(String id) {
        StringJoiner title = new StringJoiner(" ");
        for (String word : id.replace('-', ' ').strip().split("\\s+", -1))
            title.add(isLowercase(word) && !UNTITLED.matcher(word).matches() ? capitalized(word) : word);
        return title.toString();
    }

    private static boolean isLowercase(String word) {
        return word.equals(word.toLowerCase(Locale.ROOT)) && !word.equals(word.toUpperCase(Locale.ROOT));
    }

    /** Capitals at the start and after everything that is no letter, as Python's title() has it. */
    private static String capitalized(String word) {
        StringBuilder out = new StringBuilder();
        boolean start = true;
        for (int c : word.codePoints().toArray()) {
            out.appendCodePoint(start ? Character.toTitleCase(c) : c);
            start = !Character.isLetter(c);
        }
        return out.toString();
    }
}
