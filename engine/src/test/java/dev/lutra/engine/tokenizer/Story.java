package dev.lutra.engine.tokenizer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The small Qwen2 vocabulary of the story models: 1400 tokens, three of them added on top. */
final class Story {
    private Story() {}

    static Path folder() {
        try {
            return Path.of(Story.class.getResource("/story/tokenizer.json").toURI())
                    .getParent();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static TokenizerData data() {
        return CheckpointTokenizer.read(folder(), null, Story::refuse);
    }

    static Tokenizer tokenizer() {
        return new Tokenizer(data());
    }

    /** The same tokens under another family's rules. */
    static Tokenizer tokenizer(PreTokenizer pre) {
        TokenizerData data = data();
        return new Tokenizer(new TokenizerData(
                data.tokens(),
                data.types(),
                data.merges(),
                data.addedTokens(),
                pre,
                pre.impliedNormalization(),
                pre.impliesIgnoreMerges(),
                data.specialIds(),
                data.stopIds(),
                data.addBos(),
                data.addEos(),
                data.chatTemplate()));
    }

    static JsonNode json(Path folder, String name) {
        try {
            return new JsonMapper().readTree(folder.resolve(name).toFile());
        } catch (RuntimeException e) {
            throw new UncheckedIOException(new IOException(folder + "/" + name, e));
        }
    }

    static int[] ints(JsonNode array) {
        return array.valueStream().mapToInt(JsonNode::intValue).toArray();
    }

    static void refuse(String warning) {
        throw new AssertionError("unexpected warning: " + warning);
    }
}
