package dev.lutra.engine.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The hand-written splitters against their specification, the regular expression, as Java's engine runs it. */
class SplitterTest {
    private static final String[] PIECES = {
        "'",
        "s",
        "S",
        "\u017F",
        "ll",
        "lL",
        "re",
        "vE",
        "d",
        "a",
        "Z",
        "\u00e9",
        "\u0301",
        "\u4e2d",
        "\u0939\u093f",
        "1",
        "23",
        "\u00bd",
        "\u2168",
        " ",
        "  ",
        "\t",
        "\n",
        "\r",
        "\r\n",
        "\u0085",
        "\u00a0",
        "\u2028",
        "\u3000",
        "\u001c",
        "\u200b",
        ".",
        "-",
        "_",
        "\ud83d\ude00",
        "\ud835\udd18",
        "\ud835\udfd8",
        "\ud800",
        "\udc00",
        "\u0000"
    };

    @ParameterizedTest
    @EnumSource
    void cutsWhereTheExpressionDoes(PreTokenizer pre) {
        // Java's own \s is ASCII; Oniguruma's is Unicode's White_Space
        Pattern pattern = Pattern.compile(pre.regex()
                .replace("(?i:", "(?iu:")
                .replace("\\s", "\\p{IsWhite_Space}")
                .replace("\\S", "\\P{IsWhite_Space}"));
        Random random = new Random(20);
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            int length = 1 + random.nextInt(8);
            for (int i = 0; i < length; i++) {
                if (random.nextInt(8) == 0) {
                    text.appendCodePoint(random.nextInt(Character.MAX_CODE_POINT + 1));
                } else {
                    text.append(PIECES[random.nextInt(PIECES.length)]);
                }
            }
            String input = text.toString();
            List<String> expected = new ArrayList<>();
            Matcher matcher = pattern.matcher(input);
            while (matcher.find()) {
                expected.add(matcher.group());
            }
            assertEquals(expected, split(pre, input), () -> HuggingFaceVectorsTest.escape(input));
        }
    }

    private static List<String> split(PreTokenizer pre, String text) {
        List<String> words = new ArrayList<>();
        for (int from = 0; from < text.length(); ) {
            int to = pre.splitter().next(text, from);
            assertTrue(to > from);
            words.add(text.substring(from, to));
            from = to;
        }
        return words;
    }

    /** A long run of one kind of character is one word, or as many as characters: either must stay near linear. */
    @ParameterizedTest
    @EnumSource
    void encodesMonotonousTextInReasonableTime(PreTokenizer pre) {
        Tokenizer tokenizer = Story.tokenizer(pre);
        for (String unit : List.of("a", " ", "\n", "1", "'", "<", "\u0301", "\u4e2d", "ab", "<|im_", "\ud800")) {
            String text = unit.repeat((1 << 18) / unit.length());
            assertTimeout(
                    Duration.ofSeconds(5),
                    () -> assertTrue(tokenizer.encode(text).length > 0),
                    () -> pre + " on " + HuggingFaceVectorsTest.escape(unit));
        }
    }
}
