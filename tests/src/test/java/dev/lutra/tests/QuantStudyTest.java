package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What {@code quant-study} prints against a table made with llama.cpp's own quantizers on the same ids.
 *
 * <p>The table's Q2_K and Q3_K took IQ4_NL for rows of 1408, which 256 does not divide; llama.cpp as of v0.5.0 takes Q4_0, and
 * so do we, so those two are measured with that type forced. With Q4_0 they come out within 2 %, too.
 */
class QuantStudyTest {
    private static final String IMPORTANCE = " with importance";

    @Test
    void someFormatsAreAsBadAsLlamaCppsOwn() throws IOException {
        compare(study("q8_0,q4_k"));
    }

    /** All of llama.cpp's formats; {@code ./mvnw verify -Dlutra.tests.whole} runs it, which takes minutes. */
    @Test
    void allFormatsAreAsBadAsLlamaCppsOwn() throws IOException {
        Assumptions.assumeTrue(RealModel.WHOLE, "takes minutes: -Dlutra.tests.whole runs it");
        compare(study("q8_0,q6_k,q5_k,q4_k,q4_0,iq4_xs,tq2_0,tl2"));
        compare(study("q3_k,q2_k", "--tensor-type", "ffn_down=iq4_nl"));
    }

    /** A small random model, so that nothing but the machinery is tried: more digits are nearer, and errors are told. */
    @Test
    void digitsAreCalibratedAndMixed() throws URISyntaxException {
        Path model = Path.of(Objects.requireNonNull(getClass().getResource("/families/qwen3/config.json"))
                        .toURI())
                .getParent();
        JsonNode rows = json("quant-study " + model
                + " --types tl2x2_calibrated,digits@6 -c 32 --chunks 4 --calibration-samples 8 -n 4"
                + " --prompt Hi -o json");
        JsonNode two = rows.get(1), mixed = rows.get(2);
        assertEquals("calibration", two.get("data").asString());
        assertTrue(mixed.get("kl").doubleValue() < two.get("kl").doubleValue(), rows.toString());
        assertTrue(mixed.get("error_all").doubleValue() > 0, rows.toString());
        assertTrue(mixed.get("error_all").doubleValue() < two.get("error_all").doubleValue(), rows.toString());
        assertTrue(mixed.get("bits_per_weight").doubleValue() <= 6, rows.toString());
    }

    private static JsonNode json(String command) {
        return JsonMapper.builder()
                .build()
                .readTree(Program.succeed(command.split(" ")).out());
    }

    private static JsonNode study(String types, String... more) {
        Path folder = RealModel.checkpoint();
        List<String> arguments = new ArrayList<>(List.of(
                "quant-study",
                folder.toString(),
                "--types",
                types,
                "--calibration",
                folder.resolve("calibration.u16").toString(),
                "--test",
                folder.resolve("test.u16").toString(),
                "-c",
                "256",
                "-n",
                "0",
                "-o",
                "json"));
        arguments.addAll(List.of(more));
        return JsonMapper.builder()
                .build()
                .readTree(Program.succeed(arguments.toArray(String[]::new)).out());
    }

    private static void compare(JsonNode rows) throws IOException {
        JsonNode full = RealModel.expected().get("float32").get("test");
        assertEquals(full.get("ppl").doubleValue(), rows.get(0).get("ppl").doubleValue(), 1e-3);
        for (int i = 1; i < rows.size(); i++) compareRow(rows.get(i));
    }

    private static void compareRow(JsonNode row) throws IOException {
        String name = row.get("format").asString();
        if (row.get("data").asString().equals("importance")) name += IMPORTANCE;
        JsonNode expected = find(name.equals("tl2") ? "ternary, absolute mean (BitNet)" : name);
        double kl = expected.get("kl").doubleValue();
        assertEquals(kl, row.get("kl").doubleValue(), .05 * kl, name + ": KL divergence");
        double error = expected.get("relative_error").doubleValue();
        assertEquals(error, row.get("error_all").doubleValue(), .01 * error, name + ": relative error");
        assertEquals(
                expected.get("same_top").doubleValue(), row.get("same_top").doubleValue(), .015, name + ": same top");
        double bits = row.get("bits_per_weight").doubleValue()
                - expected.get("bits_per_weight").doubleValue();
        // TL2 pads its rows, which the table leaves out.
        assertTrue(Math.abs(bits) < (name.equals("tl2") ? .2 : .001), name + ": bits per weight differ by " + bits);
    }

    private static JsonNode find(String name) throws IOException {
        return RealModel.expected()
                .get("quality")
                .get("table")
                .valueStream()
                .filter(row -> row.get("format").asString().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no row " + name));
    }
}
