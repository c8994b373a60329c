package dev.lutra.tools.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.names.TensorKind;
import dev.lutra.quant.ternary.I2sLayout;
import dev.lutra.tools.convert.GgufSource;
import dev.lutra.tools.convert.SourceTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantizeCommandTest {
    @TempDir
    private static Path folder;

    /** The story model in a format, straight from its checkpoint. */
    private static Path converted(String type) {
        Path file = folder.resolve("converted-" + type + ".gguf");
        if (Files.notExists(file))
            Outcome.of("convert-qwen25", Outcome.storyModel(), "-o", file, "--quant", type)
                    .done();
        return file;
    }

    private static Path quantized(Path input, String type, Object... more) {
        Path file = folder.resolve("quantized-" + type + "-" + input.getFileName());
        Outcome.of(Stream.concat(Stream.of("quantize", input, file, type, "--overwrite"), Stream.of(more))
                        .toArray())
                .done();
        return file;
    }

    @ParameterizedTest
    @CsvSource({
        "i2_s, tl2",
        "i2_s, tl1",
        "tl1, i2_s",
        "tl2, i2_s",
        "tl2, tl1",
        "tl2, tl2",
        "bf16, tl2",
        "bf16, q8_0",
        "bf16, q4_k_m",
        "bf16, tq2_0",
        "f32, bf16"
    })
    void givesTheBytesOfAConversion(String from, String to) throws IOException {
        Path expected = converted(to), actual = quantized(converted(from), to);
        assertArrayEquals(Files.readAllBytes(expected), Files.readAllBytes(actual));
    }

    @Test
    void tritsSurviveEveryTernaryFormat() throws IOException {
        Path file = converted("i2_s");
        for (String type : new String[] {"tq2_0", "tl1", "tq1_0", "tl2", "i2_s"})
            file = quantized(file, type, "--token-embedding-type", "f16", "--allow-requantize");
        try (GgufFile before = GgufFile.open(converted("i2_s"));
                GgufFile after = GgufFile.open(file)) {
            String name = "blk.3.ffn_down.weight";
            long codes = before.tensor(name).elements() / 4;
            assertEquals(
                    -1,
                    before.tensor(name)
                            .data()
                            .asSlice(0, codes)
                            .mismatch(after.tensor(name).data().asSlice(0, codes)));
        }
    }

    @Test
    void losingTwiceNeedsToBeAskedFor() {
        Path q8 = converted("q8_0"), out = folder.resolve("twice.gguf");
        Outcome.of("quantize", q8, out, "q4_0").failed(1, "--allow-requantize");
        assertFalse(Files.exists(out));
        Outcome.of("quantize", q8, out, "q4_0", "--allow-requantize").done();
        Outcome.of("quantize", q8, out, "q4_0", "--allow-requantize").failed(1, "exists");
        // An embedding may be quantized although the projections were before.
        Outcome.of("quantize", converted("tl2"), folder.resolve("e.gguf"), "tl2", "--token-embedding-type", "q6_k")
                .done();
    }

    @Test
    void digitsAreReadToo() {
        Path file = quantized(converted("tl2x2"), "bf16", "--allow-requantize");
        assertTrue(Outcome.of("validate", file, "--deep").done().out().contains("all values finite"));
    }

    /** A model of random weights with rows of {@code hidden}. */
    private static Path random(int hidden, String type) throws IOException {
        Path floats = folder.resolve("random-" + hidden + ".gguf"), shape = folder.resolve("shape-" + hidden);
        if (Files.exists(floats)) return quantized(floats, type);
        Files.createDirectories(shape);
        Files.writeString(shape.resolve("config.json"), """
            {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": %d,
             "intermediate_size": 224, "num_hidden_layers": 1, "num_attention_heads": 3, "num_key_value_heads": 1,
             "vocab_size": 1408, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "max_position_embeddings": 64,
             "tie_word_embeddings": true}
            """.formatted(hidden));
        Outcome.of("dummy-model", shape, "-o", floats, "--quant", "bf16").done();
        return quantized(floats, type);
    }

    /** Two digits become Q4_0 and three Q5_0 with every weight, and so they come back. */
    @ParameterizedTest
    @CsvSource({"tl2x2, q4_0", "tl2x3, q5_0", "tl2x2-g32, q4_0", "tl2x1, q4_0"})
    void digitsBecomeBlocksWithoutLoss(String digits, String blocks) throws IOException {
        for (Path before : List.of(random(96, digits), converted(digits))) {
            Path after = quantized(before, blocks), back = quantized(after, digits);
            requireEqual(before, after, blocks);
            requireEqual(before, back, digits);
        }
    }

    private static void requireEqual(Path expected, Path actual, String type) throws IOException {
        try (GgufSource left = GgufSource.open(expected, I2sLayout.X86, false);
                GgufSource right = GgufSource.open(actual, I2sLayout.X86, false)) {
            for (int i = 0; i < left.tensors().size(); i++) {
                SourceTensor a = left.tensors().get(i), b = right.tensors().get(i);
                assertArrayEquals(read(a), read(b), a.name());
                if (a.kind() != TensorKind.PROJECTION) assertEquals(a.storedType(), b.storedType());
                else assertEquals(type, b.storedType().orElseThrow().label());
            }
        }
    }

    private static float[] read(SourceTensor tensor) {
        float[] values = new float[tensor.rows() * tensor.columns()];
        tensor.readRows(0, tensor.rows(), values);
        return values;
    }

    @Test
    void blocksOffTheGridOfDigitsAreRefused() throws IOException {
        Path out = folder.resolve("off.gguf");
        Outcome.of("quantize", random(96, "q4_0"), out, "tl2x2").failed(1, "does not lie on the grid of tl2x2: row ");
        Outcome.of("quantize", quantized(random(96, "tl2x2-g32"), "q4_0"), out, "tl2x2")
                .failed(1, "have different scales");
        Outcome.of("quantize", random(96, "tl2x2"), out, "q8_0").failed(1, "is tl2x2 already");
        Outcome.of("quantize", random(96, "tl2x2"), out, "q8_0", "--calibration", "self")
                .failed(1, "--calibration starts from the original weights");
        assertFalse(Files.exists(out));
    }

    @Test
    void rowsThatBlocksDoNotDivideAreRefused() throws IOException {
        Path digits = random(48, "tl2x2"), out = folder.resolve("odd-q4.gguf");
        Outcome.of("quantize", digits, out, "q4_0")
                .failed(1, "has rows of 48, which q4_0's blocks of 32 do not divide, so tl2x2 cannot become q4_0");
        assertFalse(Files.exists(out));
        Outcome.of("quantize", digits, out, "f32").done();
    }

    @Test
    void mistakesAreNamed() throws IOException {
        Path out = folder.resolve("none.gguf");
        Outcome.of("quantize", converted("bf16"), out, "q9").failed(2, "no format is called 'q9'");
        Outcome.of("quantize", folder.resolve("missing.gguf"), out, "tl2").failed(1, "no such file");
        Outcome.of("quantize", Files.writeString(folder.resolve("t.gguf"), "text"), out, "tl2")
                .failed(1, "t.gguf");
    }

    @ParameterizedTest
    @CsvSource({"tl2, --split-max-tensors, 20", "i2_s, --split-max-size, 500K", "q4_k_m, --no-tensor-first-split, ''"})
    void splittingAndMergingGivesTheSameBytes(String type, String option, String value) throws IOException {
        Path whole = converted(type),
                prefix = folder.resolve("shard-" + type),
                merged = folder.resolve("merged-" + type);
        Object[] arguments = value.isEmpty()
                ? new Object[] {"split", whole, prefix, option}
                : new Object[] {"split", whole, prefix, option, value};
        Outcome.of(arguments).done();
        List<Path> shards = shards(prefix);
        assertTrue(shards.size() > 1, shards.toString());
        String first = String.format("shard-%s-00001-of-%05d.gguf", type, shards.size());
        assertEquals(first, shards.getFirst().getFileName().toString());
        try (GgufFile file = GgufFile.openSingle(shards.getLast())) {
            assertEquals(shards.size(), file.metadata().intValue("split.count"));
            assertEquals(shards.size() - 1, file.metadata().intValue("split.no"));
        }
        Outcome.of("validate", shards.getFirst(), "--deep").done();
        Outcome.of("merge", shards.getFirst(), merged).done();
        assertArrayEquals(Files.readAllBytes(whole), Files.readAllBytes(merged));
        Outcome.of("merge", shards.getLast(), folder.resolve("x.gguf")).failed(1, "give the first one");
        // Shards quantize as the whole does.
        if (!type.startsWith("q"))
            assertArrayEquals(
                    Files.readAllBytes(quantized(whole, "tl1")),
                    Files.readAllBytes(quantized(shards.getFirst(), "tl1")));
    }

    private static List<Path> shards(Path prefix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix.getFileName() + "-"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void splitsThatMakeNoSenseAreRefused() {
        Outcome.of("split", converted("tl2")).failed(1, "fits into one file");
        Outcome.of("split", converted("tl2"), "--split-max-size", "0").failed(2, "positive");
        String plan = Outcome.of("split", converted("tl2"), "--split-max-tensors", "10", "--dry-run")
                .done()
                .out();
        assertTrue(plan.contains("converted-tl2-00001-of-"), plan);
        assertTrue(plan.contains("10 tensors"), plan);
    }
}
