package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Calibration through the commands: what it gains on text that it has not seen. */
class CalibrationTest {
    private static final int LENGTH = 128;
    private static final int TEST_TEXTS = 8;

    @TempDir
    private static Path folder;

    private static Path calibration, test, base;

    @BeforeAll
    static void cutTheText() throws IOException {
        byte[] ids = Files.readAllBytes(StoryModels.validationText());
        int tested = TEST_TEXTS * LENGTH * Short.BYTES;
        test = Files.write(folder.resolve("test.u16"), Arrays.copyOf(ids, tested));
        calibration = Files.write(
                folder.resolve("calibration.u16"), Arrays.copyOfRange(ids, tested, tested + 32 * LENGTH * Short.BYTES));
        base = folder.resolve("base");
        perplexity(StoryModels.FLOAT.gguf("bf16"));
    }

    private static Program perplexity(Path model, String... more) {
        return Program.succeed(Stream.concat(
                        Stream.of(
                                "perplexity",
                                "-m",
                                model.toString(),
                                "--ids-file",
                                test.toString(),
                                "-c",
                                String.valueOf(LENGTH),
                                "--kl-divergence-base",
                                base.toString(),
                                "--json"),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    private static double divergence(Path model, String... more) {
        String[] arguments =
                Stream.concat(Stream.of("--kl-divergence"), Stream.of(more)).toArray(String[]::new);
        JsonNode result = JsonMapper.builder()
                .build()
                .readTree(perplexity(model, arguments).out());
        return result.get("kl").doubleValue();
    }

    private static Path calibrated(String type, String... more) {
        Path target = folder.resolve(type + String.join("", more) + ".gguf");
        Program.succeed(Stream.concat(
                        Stream.of(
                                "convert-qwen25",
                                StoryModels.FLOAT.checkpoint().toString(),
                                "--quant",
                                type,
                                "--calibration",
                                calibration.toString(),
                                "--calibration-length",
                                String.valueOf(LENGTH),
                                "-o",
                                target.toString()),
                        Stream.of(more))
                .toArray(String[]::new));
        return target;
    }

    /**
     * Error feedback for digits, Q4_0 and Q8_0; the others gain from importance and from correcting earlier layers. Where
     * little is lost, little can be gained: three digits cost this model a ten-thousandth of a nat, rounded or fitted.
     */
    @ParameterizedTest
    @CsvSource({"tl2x1, .3", "tl2x2, .6", "tl2x3, 1.1", "q4_0, .8", "q8_0, 1", "q3_k_m, 1"})
    void calibratedWeightsAreNearer(String type, double share) {
        double plain = divergence(StoryModels.FLOAT.gguf(type), "--float-activations");
        double fitted = divergence(calibrated(type), "--float-activations");
        assertTrue(fitted < share * plain, type + ": " + fitted + " after " + plain);
    }

    @Test
    void roundedActivationsCostLittle() {
        Path model = calibrated("tl2x2", "--calibration-seed", "2");
        double unrounded = divergence(model, "--float-activations"), rounded = divergence(model);
        assertEquals(unrounded, rounded, .1 * unrounded + .005);
    }

    @Test
    void threadsDoNotMatter() throws IOException {
        Path one = calibrated("tl2x2", "--threads", "1"), two = calibrated("tl2x2", "--threads", "2");
        assertEquals(-1, Files.mismatch(one, two));
    }
}
