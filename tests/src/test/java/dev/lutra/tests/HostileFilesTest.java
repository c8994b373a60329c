package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Damaged files through the commands: each ends with its work done or with one clear message, allocates no more than its
 * buffers, and leaves nothing behind. The readers alone meet many more in the gguf module's own tests.
 */
class HostileFilesTest {
    /** A larger run by hand: {@code -Dlutra.mutations=10000}. */
    private static final int MUTATIONS = Integer.getInteger("lutra.mutations", 80);

    /** What sound files of this size take at most, all threads' buffers together. */
    private static final long MOST_ALLOCATED = 256L << 20;

    /** No file takes a hundredth of this. */
    private static final Duration HANGING = Duration.ofMinutes(1);

    private static final List<String> TYPES = List.of("tl2", "tl1", "i2_s", "q8_0", "q4_k_m", "tl2x2", "tq2_0", "f16");
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    private static Path sound;

    @TempDir
    private Path folder;

    @BeforeAll
    static void makeSoundFiles() throws IOException {
        Path shape = Files.createDirectories(sound.resolve("shape"));
        Files.writeString(shape.resolve("config.json"), """
            {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": 128, "intermediate_size": 256,
             "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 288,
             "max_position_embeddings": 64, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "tie_word_embeddings": true}
            """);
        Program.succeed(
                "dummy-model",
                shape.toString(),
                "--format",
                "hf",
                "--quant",
                "tl2",
                "-o",
                sound.resolve("model").toString());
        for (String type : TYPES)
            Program.succeed(
                    "convert-qwen25",
                    sound.resolve("model").toString(),
                    "--quant",
                    type,
                    "-o",
                    sound.resolve(type + ".gguf").toString());
    }

    /** Damage: cut, bytes set or flipped, numbers made huge, pieces moved; mostly where the header is. */
    private static byte[] damaged(byte[] file, int header, Random random) {
        byte[] bytes = file.clone();
        for (int change = random.nextInt(1, 4); change > 0; change--) {
            int at = random.nextInt(random.nextInt(5) == 0 ? bytes.length : Math.min(header, bytes.length));
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] = (byte) random.nextInt();
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> putLong(bytes, at, random.nextLong() >>> random.nextInt(64));
                case 3 -> putLong(bytes, at, new long[] {0, -1, Long.MAX_VALUE, 1L << 31, 1L << 32}[random.nextInt(5)]);
                case 4 -> {
                    int from = random.nextInt(bytes.length), length = random.nextInt(64);
                    for (int i = 0; i < length; i++) bytes[(at + i) % bytes.length] = file[(from + i) % file.length];
                }
                default -> {
                    if (random.nextInt(4) == 0) bytes = Arrays.copyOf(bytes, Math.max(1, at));
                }
            }
        }
        return bytes;
    }

    private static void putLong(byte[] bytes, int at, long value) {
        byte[] number = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
        System.arraycopy(number, 0, bytes, at, Math.min(number.length, bytes.length - at));
    }

    /** Runs a command on a damaged file; a failure is one message, and only success leaves an output. */
    private Program attempt(String... arguments) throws IOException {
        String what = String.join(" ", arguments);
        long before = THREADS.getTotalThreadAllocatedBytes();
        Program result = assertTimeoutPreemptively(HANGING, () -> Program.run(arguments), what);
        long allocated = THREADS.getTotalThreadAllocatedBytes() - before;
        assertTrue(allocated < MOST_ALLOCATED, what + " allocated " + allocated + " bytes: " + result.err());
        assertTrue(result.exit() == 0 || result.exit() == 1, what + " ended with " + result.exit() + result.err());
        assertFalse(result.err().contains("internal error"), what + ": " + result.err());
        assertFalse(result.err().contains("out of memory"), what + ": " + result.err());
        assertEquals(result.exit() != 0, result.err().contains("lutra: "), what + ": " + result.err());
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (!name.startsWith("out")) continue;
                assertFalse(name.contains(".part"), what + " left " + name);
                assertEquals(0, result.exit(), what + " left " + name + ": " + result.err());
                Files.delete(file);
            }
        }
        return result;
    }

    @ParameterizedTest
    @ValueSource(strings = {"tl2", "tl1", "i2_s", "q8_0", "q4_k_m", "tl2x2", "tq2_0", "f16"})
    void damagedModels(String type) throws IOException {
        byte[] file = Files.readAllBytes(sound.resolve(type + ".gguf"));
        Path damaged = folder.resolve("damaged.gguf"), out = folder.resolve("out.gguf");
        Random random = new Random(type.hashCode());
        int header = header(file), refused = 0;
        for (int i = 0; i < MUTATIONS / TYPES.size(); i++) {
            Files.write(damaged, damaged(file, header, random));
            Program inspected = attempt("inspect", damaged.toString(), "--json", "--tensors");
            attempt("validate", "--deep", damaged.toString());
            String target = TYPES.get(random.nextInt(TYPES.size()));
            attempt("quantize", damaged.toString(), out.toString(), target, "--allow-requantize");
            attempt("split", damaged.toString(), folder.resolve("out").toString(), "--split-max-tensors", "5");
            if (inspected.exit() != 0) refused++;
        }
        assertTrue(refused > 0, "no damage was found");
    }

    /** Where the data of the first tensor begins, about. */
    private static int header(byte[] gguf) {
        String text = new String(gguf, StandardCharsets.ISO_8859_1);
        return text.lastIndexOf("blk.0.") + 64;
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json"})
    void damagedCheckpoints(String name) throws IOException {
        Path checkpoint = Files.createDirectory(folder.resolve("model"));
        try (Stream<Path> files = Files.list(sound.resolve("model"))) {
            for (Path file : files.toList())
                Files.copy(file, checkpoint.resolve(file.getFileName().toString()));
        }
        byte[] file = Files.readAllBytes(checkpoint.resolve(name));
        boolean weights = name.endsWith(".safetensors");
        int header = weights
                ? 8 + ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt()
                : file.length;
        Random random = new Random(name.hashCode());
        for (int i = 0; i < MUTATIONS / 4; i++) {
            Path damaged = checkpoint.resolve(name);
            Files.write(damaged, damaged(file, header, random));
            attempt(
                    "convert-qwen25",
                    checkpoint.toString(),
                    "--quant",
                    TYPES.get(random.nextInt(TYPES.size())),
                    "-o",
                    folder.resolve("out.gguf").toString());
            if (weights) {
                attempt("inspect", damaged.toString(), "--json", "--tensors");
                attempt("validate", "--deep", damaged.toString());
            }
        }
    }

    @Test
    void theSoundFilesPass() {
        for (String type : TYPES)
            Program.succeed("validate", "--deep", sound.resolve(type + ".gguf").toString());
    }
}
