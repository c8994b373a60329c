package dev.lutra.engine.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.metadata.ArrayValue;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.metadata.MetadataBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class GgufTokenizerTest {
    @TempDir
    private Path folder;

    /** The checkpoint as the converter meets it: with a config.json, whose embedding has five rows too many. */
    private TokenizerData checkpoint() throws IOException {
        Path story = Story.folder();
        for (String name : List.of("tokenizer.json", "tokenizer_config.json", "generation_config.json")) {
            Files.copy(story.resolve(name), folder.resolve(name));
        }
        Files.copy(story.resolveSibling("story-model").resolve("config.json"), folder.resolve("config.json"));
        return CheckpointTokenizer.read(folder, null, Story::refuse);
    }

    private static MetadataBuilder builder() {
        return GgufMetadata.builder().string("general.architecture", "qwen2");
    }

    /**
     * vocab.gguf holds the story vocabulary as llama.cpp's converter writes it: its own steps for tokens and types, and the
     * SpecialVocab and GGUFWriter of gguf 0.19.0. Keys, their order, types and values must be the same.
     */
    @Test
    void writesWhatTheReferenceConverterWrites() throws IOException {
        MetadataBuilder ours = builder();
        GgufTokenizer.write(checkpoint(), ours, Story::refuse);
        try (GgufFile reference = GgufFile.open(Story.folder().resolve("vocab.gguf"))) {
            assertEquals(
                    List.copyOf(reference.metadata().keys()),
                    List.copyOf(ours.build().keys()));
            assertEquals(reference.metadata(), ours.build());
        }
    }

    @Test
    void readsBackWhatTheCheckpointSays() throws IOException {
        TokenizerData json = checkpoint();
        try (GgufFile file = GgufFile.open(Story.folder().resolve("vocab.gguf"))) {
            TokenizerData gguf = GgufTokenizer.read(file.metadata(), null, Story::refuse);
            assertEquals(json.tokens(), gguf.tokens());
            assertEquals(json.types(), gguf.types());
            assertEquals(json.merges(), gguf.merges());
            assertEquals(json.addedTokens(), gguf.addedTokens());
            assertEquals(json.specialIds(), gguf.specialIds());
            assertEquals(json.preTokenizer(), gguf.preTokenizer());
            assertEquals(json.normalization(), gguf.normalization());
            assertEquals(json.chatTemplate(), gguf.chatTemplate());
            Tokenizer fromJson = new Tokenizer(json);
            Tokenizer fromGguf = GgufTokenizer.load(file.metadata(), null, Story::refuse);
            assertArrayEquals(fromJson.stopIds().toArray(), fromGguf.stopIds().toArray());
            for (JsonNode text :
                    Story.json(Story.folder(), "tokenizers-vectors.json").path("texts")) {
                assertArrayEquals(fromJson.encode(text.stringValue()), fromGguf.encode(text.stringValue()));
            }
        }
    }

    /** The real vocabulary keeps its ids through GGUF, also the tokens whose special mark GGUF sees otherwise. */
    @Test
    void keepsTheRealVocabulary() {
        Path real = SharedFixtures.folder("qwen2.5-tokenizer");
        Tokenizer json = CheckpointTokenizer.load(real, null, Story::refuse);
        MetadataBuilder out = builder();
        GgufTokenizer.write(json.data().padTo(151936), out, Story::refuse);
        Tokenizer gguf = GgufTokenizer.load(out.build(), null, Story::refuse);
        assertEquals(151936, gguf.size());
        assertEquals("[PAD151665]", gguf.token(151665));
        assertEquals(
                List.of(151645, 151643),
                List.copyOf(gguf.data().specialIds().ids().values()));
        assertEquals(TokenType.USER_DEFINED, gguf.data().types().get(151657), "<tool_call>");
        assertEquals(TokenType.CONTROL, gguf.data().types().get(151659), "<|fim_prefix|>");
        for (JsonNode vector : Story.json(real, "vectors.json")) {
            String text = vector.path("text").stringValue();
            assertArrayEquals(Story.ints(vector.path("ids")), gguf.encode(text));
            assertArrayEquals(json.encode(text, SpecialTokens.IGNORE), gguf.encode(text, SpecialTokens.IGNORE));
        }
    }

    @Test
    void warnsOfWhatGgufCannotHold() throws IOException {
        TokenizerData data = checkpoint();
        List<AddedToken> added = new ArrayList<>(data.addedTokens());
        added.set(0, new AddedToken(1400, "<|endoftext|>", true, false, true, false, false));
        TokenizerData odd = new TokenizerData(
                data.tokens(),
                data.types(),
                data.merges(),
                added,
                data.preTokenizer(),
                Normalization.NONE,
                true,
                data.specialIds(),
                data.stopIds(),
                false,
                false,
                null);
        List<String> warnings = new ArrayList<>();
        GgufTokenizer.write(odd, builder(), warnings::add);
        assertEquals(3, warnings.size(), warnings::toString);
    }

    private void refused(Consumer<MetadataBuilder> change, String reason) throws IOException {
        MetadataBuilder metadata = builder();
        try (GgufFile file = GgufFile.open(Story.folder().resolve("vocab.gguf"))) {
            metadata.putAll(file.metadata());
            change.accept(metadata);
            String message = assertThrows(
                            MalformedFileException.class,
                            () -> GgufTokenizer.load(metadata.build(), null, Story::refuse))
                    .getMessage();
            assertTrue(message.contains(reason), message);
        }
    }

    @Test
    void refusesBrokenMetadata() throws IOException {
        refused(m -> m.remove("tokenizer.ggml.model"), "tokenizer.ggml.model");
        refused(m -> m.string("tokenizer.ggml.model", "llama"), "only byte-level BPE");
        refused(m -> m.remove("tokenizer.ggml.tokens"), "tokenizer.ggml.tokens");
        refused(m -> m.string("tokenizer.ggml.tokens", "a"), "tokenizer.ggml.tokens");
        refused(m -> m.strings("tokenizer.ggml.tokens", List.of()), "1408 entries for 0 tokens");
        refused(m -> m.remove("tokenizer.ggml.merges"), "tokenizer.ggml.merges");
        refused(m -> m.strings("tokenizer.ggml.merges", List.of("h")), "merge 0, 'h', is not two tokens");
        refused(m -> m.strings("tokenizer.ggml.merges", List.of("h e", "h e")), "repeats merge 0");
        refused(m -> m.strings("tokenizer.ggml.merges", List.of("h #")), "which is not there");
        refused(m -> m.remove("tokenizer.ggml.token_type"), "control tokens could not be told from text");
        refused(m -> m.put("tokenizer.ggml.token_type", ArrayValue.ofInts(1, 2)), "2 entries for 1408 tokens");
        refused(m -> m.put("tokenizer.ggml.token_type", ArrayValue.ofInts(new int[1408])), "none of 1 to 6");
        refused(m -> m.string("tokenizer.ggml.eos_token_id", "x"), "tokenizer.ggml.eos_token_id");
        refused(m -> m.bool("tokenizer.chat_template", true), "tokenizer.chat_template");
        refused(m -> m.string("tokenizer.ggml.pre", "viking").string("general.architecture", "llama"), "closest to");
    }

    @Test
    void guessesTheSplitOfAQwenAndSaysSo() throws IOException {
        try (GgufFile file = GgufFile.open(Story.folder().resolve("vocab.gguf"))) {
            MetadataBuilder metadata = file.metadata().toBuilder().string("tokenizer.ggml.pre", "tuned");
            metadata.u32("tokenizer.ggml.mask_token_id", 0xFFFF_FFFFL);
            List<String> warnings = new ArrayList<>();
            TokenizerData data = GgufTokenizer.read(metadata.build(), null, warnings::add);
            assertEquals(PreTokenizer.QWEN2, data.preTokenizer());
            assertEquals(2, warnings.size(), warnings::toString);
            assertTrue(warnings.getFirst().contains("'tuned' is not known here; using qwen2"), warnings::toString);
            TokenizerData forced = GgufTokenizer.read(metadata.build(), PreTokenizer.GPT2, warning -> {});
            assertEquals(PreTokenizer.GPT2, forced.preTokenizer());
        }
    }
}
