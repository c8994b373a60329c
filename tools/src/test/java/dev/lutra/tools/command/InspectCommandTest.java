package dev.lutra.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.file.GgufFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class InspectCommandTest {
    private static final Path SAFETENSORS = Outcome.storyModel().resolve("model.safetensors");

    @TempDir
    private static Path folder;

    private static Path story;

    @BeforeAll
    static void convert() {
        story = folder.resolve("story.gguf");
        Outcome.of(
                        "convert-qwen25",
                        Outcome.storyModel(),
                        "-o",
                        story,
                        "--quant",
                        "tl2",
                        "--token-embedding-type",
                        "q8_0")
                .done();
    }

    /** A copy of the story model with {@code bytes} written over the start of a tensor, or over its scale at the end. */
    private static Path damaged(String tensor, boolean scale, int... bytes) throws IOException {
        Path copy = Files.copy(story, folder.resolve("damaged-" + tensor + scale + bytes.length + ".gguf"));
        long at;
        try (GgufFile file = GgufFile.open(story)) {
            at = file.tensor(tensor).offset();
            if (scale) at += file.tensor(tensor).byteSize() - 32;
        }
        try (RandomAccessFile out = new RandomAccessFile(copy.toFile(), "rw")) {
            out.seek(at);
            for (int value : bytes) out.write(value);
        }
        return copy;
    }

    @Test
    void jsonSumsTypesAndExplainsIdsThatClash() {
        JsonNode json =
                Outcome.of("inspect", story, "--json", "--tensors").done().json();
        assertEquals("gguf", json.path("format").asString());
        assertEquals("qwen2", json.path("metadata").path("general.architecture").asString());
        assertEquals(
                1408,
                json.path("metadata").path("tokenizer.ggml.tokens").path("size").intValue());
        long elements = 0;
        for (JsonNode type : json.path("types"))
            elements += type.path("elements").longValue();
        long listed = 0;
        for (JsonNode tensor : json.path("tensors")) {
            long product = 1;
            for (JsonNode dimension : tensor.path("shape")) product *= dimension.longValue();
            listed += product;
        }
        assertEquals(listed, elements);
        String note = json.path("notes").path(0).asString();
        assertTrue(note.contains("type id 39") && note.contains("read as tl2"), note);
    }

    @Test
    void textShowsMetadataAndSums() {
        String text = Outcome.of("inspect", story).done().out();
        assertTrue(text.contains("qwen2.block_count") && text.contains("tl2") && text.contains("note: "), text);
        assertFalse(text.contains("blk.0.attn_q.weight"), text);
        assertTrue(Outcome.of("inspect", story, "--tensors").done().out().contains("blk.0.attn_q.weight"));
    }

    @Test
    void oneValueIsPrintedWhole() {
        assertEquals(
                "qwen2",
                Outcome.of("inspect", story, "--kv", "general.architecture")
                        .done()
                        .out()
                        .trim());
        assertEquals(
                "1.0E-6",
                Outcome.of("inspect", story, "--kv", "qwen2.attention.layer_norm_rms_epsilon")
                        .done()
                        .out()
                        .trim());
        assertEquals(
                1408,
                Outcome.of("inspect", story, "--kv", "tokenizer.ggml.tokens")
                        .done()
                        .json()
                        .size());
        Outcome.of("inspect", story, "--kv", "no.such").failed(1, "no.such");
    }

    @Test
    void safetensorsAreListedToo() {
        JsonNode json = Outcome.of("inspect", SAFETENSORS, "--json").done().json();
        assertEquals("safetensors", json.path("format").asString());
        assertEquals("BF16", json.path("types").path(0).path("type").asString());
    }

    @Test
    void otherFilesAreRefused() throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "just a text");
        Outcome.of("inspect", text).failed(1, "neither GGUF nor safetensors");
        Outcome.of("validate", text).failed(1, "neither GGUF nor safetensors");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tl2", "i2_s", "tl1", "tl2x2", "q8_0", "q4_0", "q2_0", "f16"})
    void soundFilesPass(String type) {
        Path file = folder.resolve("sound-" + type + ".gguf");
        Outcome.of(
                        "convert-qwen25",
                        Outcome.storyModel(),
                        "-o",
                        file,
                        "--quant",
                        type,
                        "--token-embedding-type",
                        "q8_0")
                .done();
        String checks =
                Outcome.of("validate", file, SAFETENSORS, "--deep").done().out();
        assertTrue(checks.contains("ok    tokenizer") && checks.contains("all values finite"), checks);
        assertFalse(checks.contains("note"), checks);
    }

    @Test
    void damageInsideTensorsNeedsDecodingToBeSeen() throws IOException {
        Path code = damaged("blk.0.ffn_up.weight", false, 0xFF);
        Outcome.of("validate", code).done();
        Outcome.of("validate", code, "--deep").failed(1, "blk.0.ffn_up.weight");
        // 0x7FC00000, a NaN.
        Outcome.of("validate", damaged("blk.0.ffn_up.weight", true, 0, 0, 0xC0, 0x7F), "--deep")
                .failed(1, "NaN");
        Outcome.of("validate", damaged("output_norm.weight", false, 0, 0, 0x80, 0x7F), "--deep")
                .failed(1, "Infinity");
        Outcome.of("validate", damaged("blk.1.attn_q.weight", true, 0, 0, 0, 0), "--deep")
                .failed(1, "nothing but zeros");
    }

    @Test
    void theFirstBrokenFileEndsIt() throws IOException {
        Path cut = folder.resolve("cut.gguf");
        byte[] bytes = Files.readAllBytes(story);
        Files.write(cut, Arrays.copyOf(bytes, bytes.length / 2));
        Outcome outcome = Outcome.of("validate", story, cut, SAFETENSORS).failed(1, "cut.gguf");
        assertTrue(outcome.out().contains("story.gguf"), outcome.out());
        assertFalse(outcome.out().contains("model.safetensors"), outcome.out());
    }
}
