package dev.lutra.engine.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the files of a checkpoint say, and what happens when they say nonsense. */
class CheckpointTokenizerTest {
    private static final JsonMapper MAPPER = new JsonMapper();

    @TempDir
    private Path folder;

    private ObjectNode json;

    @BeforeEach
    void readStory() {
        json = (ObjectNode) Story.json(Story.folder(), "tokenizer.json");
    }

    private void write(String name, JsonNode content) throws IOException {
        Files.writeString(folder.resolve(name), MAPPER.writeValueAsString(content));
    }

    private TokenizerData read(Consumer<String> warnings) throws IOException {
        write("tokenizer.json", json);
        return CheckpointTokenizer.read(folder, null, warnings);
    }

    private static ObjectNode object(String text) {
        return (ObjectNode) MAPPER.readTree(text.replace('\'', '"'));
    }

    private ObjectNode model() {
        return (ObjectNode) json.path("model");
    }

    @Test
    void readsTokenizerJsonAlone() throws IOException {
        TokenizerData data = read(Story::refuse);
        assertEquals(1403, data.tokens().size());
        assertEquals(PreTokenizer.QWEN2, data.preTokenizer());
        assertEquals(Normalization.NFC, data.normalization());
        assertEquals(TokenType.CONTROL, data.types().get(1402));
        assertNull(data.chatTemplate());
        assertArrayEquals(new int[] {1400, 1402}, new Tokenizer(data).stopIds().toArray(), "known by their names");
        TokenizerData same = CheckpointTokenizer.read(folder.resolve("tokenizer.json"), null, Story::refuse);
        assertEquals(data, same);
    }

    @Test
    void readsBothSpellingsOfMerges() throws IOException {
        List<String> pairs = read(Story::refuse).merges();
        ArrayNode merges = model().putArray("merges");
        pairs.forEach(merges::add);
        assertEquals(pairs, read(Story::refuse).merges());
    }

    @ParameterizedTest
    @EnumSource
    void recognizesEverySplit(PreTokenizer pre) throws IOException {
        if (pre == PreTokenizer.GPT2) {
            json.set("pre_tokenizer", object("{'type':'ByteLevel','add_prefix_space':false}"));
        } else {
            ObjectNode split = (ObjectNode)
                    json.path("pre_tokenizer").path("pretokenizers").get(0);
            split.putObject("pattern").put("Regex", pre.regex());
        }
        assertEquals(pre, read(Story::refuse).preTokenizer());
    }

    @Test
    void guessesTheSplitOfAQwenAndSaysSo() throws IOException {
        ObjectNode split =
                (ObjectNode) json.path("pre_tokenizer").path("pretokenizers").get(0);
        split.putObject("pattern").put("Regex", "\\w+|\\W");
        write("config.json", object("{'model_type':'qwen2'}"));
        List<String> warnings = new ArrayList<>();
        assertEquals(PreTokenizer.QWEN2, read(warnings::add).preTokenizer());
        assertEquals(1, warnings.size());
        assertTrue(warnings.getFirst().contains("\\w+|\\W"), warnings::toString);
        assertEquals(
                PreTokenizer.LLAMA3,
                CheckpointTokenizer.read(folder, PreTokenizer.LLAMA3, Story::refuse)
                        .preTokenizer());
        write("config.json", object("{'model_type':'mamba'}"));
        refused("name the one it is closest to: qwen2, qwen35, llama-bpe, gpt-2");
    }

    @Test
    void takesRolesFromBothConfigsInTheConvertersOrder() throws IOException {
        write("tokenizer_config.json", object("{'eos_token':{'content':'<|im_end|>'},'pad_token':'<|endoftext|>'}"));
        write("config.json", object("{'bos_token_id':1400,'eos_token_id':1400,'vocab_size':1410}"));
        write("generation_config.json", object("{'eos_token_id':[1401]}"));
        TokenizerData data = read(Story::refuse);
        assertEquals(
                List.of(SpecialIds.Role.EOS, SpecialIds.Role.PADDING, SpecialIds.Role.BOS),
                List.copyOf(data.specialIds().ids().keySet()));
        assertEquals(1402, data.specialIds().id(SpecialIds.Role.EOS).getAsInt());
        assertEquals(1410, data.tokens().size());
        assertArrayEquals(
                new int[] {1400, 1401, 1402}, new Tokenizer(data).stopIds().toArray());
        assertFalse(data.addBos());
    }

    @Test
    void addsTheTokenThatThePostProcessorAdds() throws IOException {
        json.set(
                "post_processor",
                object("{'type':'Sequence','processors':[{'type':'ByteLevel'},{'type':'TemplateProcessing','single':"
                        + "[{'SpecialToken':{'id':'<|endoftext|>'}},{'Sequence':{'id':'A'}}]}]}"));
        write("config.json", object("{'bos_token_id':1400}"));
        assertTrue(read(Story::refuse).addBos());
        write("tokenizer_config.json", object("{'add_bos_token':false}"));
        assertFalse(read(Story::refuse).addBos());
    }

    @Test
    void takesTokensThatOnlyTheConfigAdds() throws IOException {
        write(
                "tokenizer_config.json",
                object("{'added_tokens_decoder':{'1403':{'content':'<tool>','special':false}}}"));
        TokenizerData data = read(Story::refuse);
        assertEquals("<tool>", data.tokens().get(1403));
        assertEquals(TokenType.USER_DEFINED, data.types().get(1403));
    }

    @Test
    void findsTheChatTemplateWhereverItIs() throws IOException {
        write("tokenizer_config.json", object("{'x':1}"));
        Files.writeString(folder.resolve("chat_template.jinja"), "from a file");
        assertEquals("from a file", read(Story::refuse).chatTemplate());
        write("tokenizer_config.json", object("{'chat_template':'{{ own }}'}"));
        assertEquals("{{ own }}", read(Story::refuse).chatTemplate());
        write(
                "tokenizer_config.json",
                object("{'chat_template':[{'name':'rag','template':'a'},{'name':'default','template':'b'}]}"));
        assertEquals("b", read(Story::refuse).chatTemplate());
    }

    @Test
    void ignoresStaleIdsWithAWarning() throws IOException {
        write("config.json", object("{'eos_token_id':151645,'bos_token_id':-1}"));
        List<String> warnings = new ArrayList<>();
        assertTrue(read(warnings::add).specialIds().ids().isEmpty());
        assertEquals(3, warnings.size(), warnings::toString); // eos is asked for as a role and as a stop token
    }

    private void refused(String reason) throws IOException {
        write("tokenizer.json", json);
        String message = assertThrows(
                        MalformedFileException.class, () -> CheckpointTokenizer.load(folder, null, Story::refuse))
                .getMessage();
        assertTrue(message.contains(reason), message);
        assertTrue(message.contains(folder.toString()), message);
        readStory();
    }

    @Test
    void refusesBrokenVocabularies() throws IOException {
        json.remove("model");
        refused("'model' is missing");
        model().remove("vocab");
        refused("'vocab' is missing");
        model().put("vocab", 3);
        refused("'vocab' is no object");
        model().remove("merges");
        refused("'merges' is missing");
        model().put("type", "Unigram");
        refused("a Unigram tokenizer");
        model().put("end_of_word_suffix", "</w>");
        refused("end_of_word_suffix");
        ((ObjectNode) model().path("vocab")).put("h", -1);
        refused("the id of token 'h' is -1");
        ((ObjectNode) model().path("vocab")).put("h", 1L << 40);
        refused("no whole number");
        ((ObjectNode) model().path("vocab")).put("h", Integer.MAX_VALUE);
        refused("outside 0 to");
        ((ObjectNode) model().path("vocab")).put("h", "7");
        refused("no whole number");
        ((ObjectNode) model().path("vocab")).put("h", 1.5);
        refused("no whole number");
        ((ObjectNode) model().path("vocab"))
                .put("i", model().path("vocab").path("h").intValue());
        refused("share the id");
        ((ObjectNode) model().path("vocab")).remove("h");
        refused("needs the token 'h', which is not there");
        ((ObjectNode) model().path("vocab")).remove("#");
        refused("no token for the byte 0x23 ('#')");
        model().putArray("merges").add("h e").add("h e");
        refused("merge 1, 'h e', repeats merge 0");
        model().putArray("merges").add("he");
        refused("merge 0, 'he', is not two tokens");
        model().putArray("merges").add(" h");
        refused("is not two tokens");
        model().putArray("merges").add(7);
        refused("neither a string nor a pair");
        model().putArray("merges").addArray().add("h");
        refused("neither a string nor a pair");
    }

    @Test
    void refusesBrokenAddedTokens() throws IOException {
        ArrayNode added = (ArrayNode) json.path("added_tokens");
        ((ObjectNode) added.get(0)).put("id", 5);
        refused("id 5 is");
        ((ObjectNode) json.path("added_tokens").get(0)).put("id", 1401);
        refused("two added tokens share the id 1401");
        ((ObjectNode) json.path("added_tokens").get(0)).put("content", "");
        refused("is empty");
        ((ObjectNode) json.path("added_tokens").get(0)).remove("content");
        refused("'content' is missing");
        ((ObjectNode) json.path("added_tokens").get(0)).put("special", "yes");
        refused("neither true nor false");
        ((ObjectNode) json.path("added_tokens").get(0)).put("content", "<|im_end|>");
        refused("is there twice");
    }

    @Test
    void refusesOtherKindsOfTokenizers() throws IOException {
        json.remove("pre_tokenizer");
        refused("no ByteLevel step");
        json.set("pre_tokenizer", object("{'type':'Metaspace'}"));
        refused("no ByteLevel step");
        json.set("pre_tokenizer", object("{'type':'ByteLevel','add_prefix_space':true}"));
        refused("add_prefix_space");
        json.set("normalizer", object("{'type':'Lowercase'}"));
        refused("the normalizer Lowercase is not supported");
        write("config.json", object("{'vocab_size':1000}"));
        refused("they do not belong together");
        write("config.json", object("{'vocab_size':99999999999}"));
        refused("vocab_size");
    }

    @Test
    void refusesWhatIsNoJson() throws IOException {
        for (String text : List.of("", "{", "[]", "null", "{\"model\":{}} x", "\u0000", "{\"a\":1,\"a\":2}")) {
            Files.writeString(folder.resolve("tokenizer.json"), text);
            assertNotNull(assertThrows(
                            MalformedFileException.class,
                            () -> CheckpointTokenizer.read(folder, null, Story::refuse),
                            text)
                    .getMessage());
        }
        Files.delete(folder.resolve("tokenizer.json"));
        assertThrows(MalformedFileException.class, () -> CheckpointTokenizer.read(folder, null, Story::refuse));
    }

    /** Cut and changed files load or are refused in words; nothing else happens. */
    @Test
    void survivesDamage() throws IOException {
        byte[] whole = Files.readAllBytes(Story.folder().resolve("tokenizer.json"));
        Path file = folder.resolve("tokenizer.json");
        Random random = new Random(8);
        int loaded = 0;
        for (int round = 0; round < 200; round++) {
            byte[] bytes = whole.clone();
            if (round % 4 == 0) {
                bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            } else {
                for (int i = random.nextInt(4); i >= 0; i--) {
                    bytes[random.nextInt(bytes.length)] = (byte) (random.nextBoolean() ? random.nextInt(256) : '0');
                }
            }
            Files.write(file, bytes);
            try {
                CheckpointTokenizer.load(file, null, warning -> {}).encode("Once upon a time<|im_end|>");
                loaded++;
            } catch (MalformedFileException e) {
                assertFalse(e.reason().isBlank());
            }
        }
        assertTrue(loaded > 0 && loaded < 200, "loaded " + loaded);
    }
}
