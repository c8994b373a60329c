package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.model.HfConfig;
import dev.lutra.gguf.names.ExpectedTensor;
import dev.lutra.gguf.names.TensorNames;
import dev.lutra.tools.Lutra;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Qwen2.5-72B as a checkpoint of 145 GB, of which only the headers are there: its data are holes in sparse files. */
class LargestModelTest {
    private static final long SHARD_BYTES = 4_000_000_000L;

    @TempDir
    private static Path folder;

    @BeforeAll
    static void writeHeaders() throws IOException {
        Files.writeString(folder.resolve("config.json"), """
            {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": 8192, "intermediate_size": 29568,
             "num_hidden_layers": 80, "num_attention_heads": 64, "num_key_value_heads": 8, "vocab_size": 152064,
             "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0,
             "tie_word_embeddings": false}
            """);
        for (String name : List.of("tokenizer.json", "tokenizer_config.json"))
            Files.copy(StoryModels.FLOAT.checkpoint().resolve(name), folder.resolve(name));
        StringJoiner index = new StringJoiner(", ", "{\"weight_map\": {", "}}");
        StringJoiner header = new StringJoiner(", ", "{", "}");
        long bytes = 0;
        int shard = 1;
        for (ExpectedTensor tensor : TensorNames.expected(HfConfig.load(folder))) {
            if (bytes > SHARD_BYTES) {
                write(shard++, header, bytes);
                header = new StringJoiner(", ", "{", "}");
                bytes = 0;
            }
            String name = tensor.sources().getFirst().getFirst();
            String shape = tensor.vector()
                    ? "[" + tensor.columns() + "]"
                    : "[" + tensor.rows() + ", " + tensor.columns() + "]";
            long end = bytes + 2 * tensor.elements();
            header.add("\"" + name + "\": {\"dtype\": \"BF16\", \"shape\": " + shape + ", \"data_offsets\": [" + bytes
                    + ", " + end + "]}");
            index.add("\"" + name + "\": \"" + name(shard) + "\"");
            bytes = end;
        }
        write(shard, header, bytes);
        Files.writeString(folder.resolve("model.safetensors.index.json"), index.toString());
    }

    private static String name(int shard) {
        return String.format(Locale.ROOT, "model-%05d.safetensors", shard);
    }

    private static void write(int shard, StringJoiner header, long dataBytes) throws IOException {
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve(name(shard)).toFile(), "rw")) {
            file.writeLong(Long.reverseBytes(json.length));
            file.write(json);
            file.setLength(Long.BYTES + json.length + dataBytes);
        } catch (IOException e) {
            Assumptions.abort(
                    "the file system of " + folder + " takes no sparse files of this size: " + e.getMessage());
        }
    }

    /** Five seconds on a free machine with a second to start in; four times that on one that is busy with other tests. */
    @Test
    void planningTakesSecondsAndStartsFromHeadersAlone() throws IOException, InterruptedException {
        Path out = folder.resolve("out.gguf"), log = folder.resolve("log.txt");
        long start = System.nanoTime();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Lutra.class.getName(),
                        "convert-qwen25",
                        folder.toString(),
                        "--quant",
                        "q4_k_m",
                        "--dry-run",
                        "-o",
                        out.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        double seconds = (System.nanoTime() - start) * 1e-9;
        String said = Files.readString(log);
        assertEquals(0, process.exitValue(), said);
        assertTrue(seconds < 20, seconds + " s");
        assertTrue(said.contains("would write 44.16 GiB to " + out), said);
        assertFalse(Files.exists(out));
    }

    /** 29568 is no multiple of 256: what llama.cpp takes instead. Every tensor concerned is named. */
    @ParameterizedTest
    @CsvSource({"q4_k_m, q4_K, q5_0, 40", "q4_k_m, q6_K, q8_0, 40", "q6_k, q6_K, q8_0, 80", "tq2_0, tq2_0, q4_0, 80"})
    void rowsThatBlocksDoNotDivideFallBack(String format, String wanted, String used, int layers) {
        Program result =
                Program.succeed("convert-qwen25", folder.toString(), "--quant", format, "--dry-run", "-o", "out.gguf");
        String reason = "rows of 29568 are not a multiple of " + wanted + "'s block of 256, using " + used;
        List<String> named = result.err()
                .lines()
                .filter(line -> line.endsWith(reason))
                .map(line -> line.substring(0, line.indexOf(':')))
                .distinct()
                .toList();
        assertEquals(layers, named.size(), result.err());
        assertTrue(named.stream().allMatch(name -> name.endsWith(".ffn_down.weight")), named.toString());
    }

    @Test
    void aDiskThatIsTooSmallIsNoticedBeforehand() throws IOException {
        long needed = 291_000_000_000L;
        Assumptions.assumeTrue(Files.getFileStore(folder).getUsableSpace() < needed, "the disk would hold it");
        Program result = Program.run(
                "convert-qwen25",
                folder.toString(),
                "--quant",
                "f32",
                "-o",
                folder.resolve("out.gguf").toString());
        assertEquals(1, result.exit(), result.err());
        assertTrue(result.err().contains("bytes, but the disk has"), result.err());
        assertFalse(Files.exists(folder.resolve("out.gguf.part")));
    }
}
