package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Two calibrated digits keep a stock model's mind, where one rounded trit does not. A part of the texts, so that it is quick; {@code
 * bench/digits} measures on all of them.
 */
class RealModelQualityTest {
    private static final int LENGTH = 256, CALIBRATION_TEXTS = 16, TEST_TEXTS = 6;

    @TempDir
    Path folder;

    @Test
    void calibratedDigitsStayNearTheOriginal() throws IOException {
        Path checkpoint = RealModel.checkpoint();
        byte[] ids = Files.readAllBytes(checkpoint.resolve("test.u16"));
        Path test = Files.write(folder.resolve("test.u16"), Arrays.copyOf(ids, TEST_TEXTS * LENGTH * Short.BYTES));
        Path full = folder.resolve("full.gguf"),
                digits = folder.resolve("digits.gguf"),
                report = folder.resolve("r.json");
        Program.succeed("convert-qwen25", checkpoint.toString(), "--quant", "bf16", "-o", full.toString());
        perplexity(full, test);
        Program.succeed(
                "convert-qwen25",
                checkpoint.toString(),
                "--quant",
                "tl2x2",
                "--calibration",
                checkpoint.resolve("calibration.u16").toString(),
                "--calibration-samples",
                String.valueOf(CALIBRATION_TEXTS),
                "-o",
                digits.toString(),
                "--report",
                report.toString());
        assertTrue(bitsPerWeight(report) <= 3.55);
        double unrounded = perplexity(digits, test, "--kl-divergence", "--float-activations");
        double rounded = perplexity(digits, test, "--kl-divergence");
        assertTrue(unrounded < .75, "KL divergence " + unrounded);
        assertTrue(rounded < unrounded + .04, "KL divergence " + rounded + " after " + unrounded);
    }

    /** The KL divergence, when it is asked for. */
    private double perplexity(Path model, Path test, String... more) {
        List<String> command = new ArrayList<>(List.of("perplexity", "-m", model.toString(), "--ids-file"));
        Collections.addAll(command, test.toString(), "-c", "" + LENGTH, "--json", "--kl-divergence-base");
        command.add(folder.resolve("base").toString());
        Collections.addAll(command, more);
        JsonNode result = JsonMapper.builder()
                .build()
                .readTree(Program.succeed(command.toArray(String[]::new)).out());
        return result.path("kl").doubleValue(Double.NaN);
    }

    private static double bitsPerWeight(Path report) throws IOException {
        double bytes = 0, weights = 0;
        for (JsonNode tensor : JsonMapper.builder()
                .build()
                .readTree(Files.readAllBytes(report))
                .path("tensors")) {
            if (!tensor.get("kind").stringValue().equals("projection")) continue;
            bytes += tensor.get("bytes").longValue();
            weights += tensor.get("elements").longValue();
        }
        return 8 * bytes / weights;
    }
}
