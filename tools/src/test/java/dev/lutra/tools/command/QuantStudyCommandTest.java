package dev.lutra.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.tools.study.StudyFormat;
import dev.lutra.tools.study.Verdict;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class QuantStudyCommandTest {
    @TempDir
    Path folder;

    /** A study on ids of no sense, which the model finds hard: differences show. */
    private Outcome study(Object... more) {
        Object[] fixed = {
            "quant-study",
            Outcome.storyModel(),
            "--test",
            ids(),
            "-c",
            16,
            "--calibration-samples",
            4,
            "-n",
            4,
            "-o",
            "json"
        };
        Object[] all = new Object[fixed.length + more.length];
        System.arraycopy(fixed, 0, all, 0, fixed.length);
        System.arraycopy(more, 0, all, fixed.length, more.length);
        return Outcome.of(all);
    }

    private Path ids() {
        Path file = folder.resolve("test.u16");
        byte[] bytes = new byte[2 * 48];
        for (int i = 0; i < 48; i++) {
            int id = (i * 211 + 7) % 1400;
            bytes[2 * i] = (byte) id;
            bytes[2 * i + 1] = (byte) (id >> 8);
        }
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return file;
    }

    /** The projections of this model are ternary: some formats keep them exactly, and formats of more bits keep more. */
    @Test
    void formatsAreJudgedByWhatTheyKeep() throws IOException {
        Path chart = folder.resolve("chart.png");
        JsonNode rows = study("--types", "bf16,q4_0,tl2,q2_k_mix,int4/32", "--plot", chart)
                .done()
                .json();
        assertEquals(
                List.of(
                        "full precision none",
                        "bf16 none",
                        "q4_0 none",
                        "q4_0 importance",
                        "tl2 none",
                        "q2_k_mix none",
                        "q2_k_mix importance",
                        "int4/32 none"),
                rows.valueStream()
                        .map(row -> row.get("format").asString() + " "
                                + row.get("data").asString())
                        .toList());
        JsonNode full = rows.get(0), bf16 = rows.get(1), q40 = rows.get(2), tl2 = rows.get(4);
        assertEquals(0, bf16.get("kl").doubleValue(), 1e-6);
        assertEquals("lossless", bf16.get("verdict").asString());
        assertEquals(0, tl2.get("kl").doubleValue(), 1e-4);
        assertEquals(0, tl2.get("error_all").doubleValue(), 1e-4);
        assertEquals(full.get("sample").asString(), tl2.get("sample").asString());
        assertTrue(q40.get("error_gate").doubleValue() > .01);
        assertEquals(4.5, q40.get("bits_per_weight").doubleValue(), 1e-9);
        assertTrue(tl2.get("size").longValue() < q40.get("size").longValue());
        BufferedImage image = ImageIO.read(chart.toFile());
        assertNotNull(image, "the chart is a picture");
        assertTrue(image.getWidth() > 500);
    }

    @Test
    void filesStayWhereTheUserWantsThem() throws IOException {
        Path kept = folder.resolve("kept");
        study("--types", "q8_0", "--out-dir", kept, "--calibration", "none").done();
        try (var files = Files.list(kept)) {
            assertEquals(
                    List.of("q8_0.gguf"),
                    files.map(file -> file.getFileName().toString()).toList());
        }
        Outcome.of("validate", kept.resolve("q8_0.gguf")).done();
    }

    @Test
    void theProductsKernelsAreMeasuredWhenAskedFor() {
        double reference = kl(study("--types", "tl2", "--calibration", "none"));
        double kernels = kl(study("--types", "tl2", "--calibration", "none", "--kernels"));
        assertTrue(reference != kernels, "int8 activations make a difference");
        assertEquals(reference, kernels, .2);
    }

    private static double kl(Outcome outcome) {
        return outcome.done().json().get(1).get("kl").doubleValue();
    }

    /** What a conversion did is told in its report, too. */
    @Test
    void conversionsReportWhatTheyDid() throws IOException {
        Path report = folder.resolve("report.json"), text = folder.resolve("text.u16");
        byte[] bytes = new byte[2 * 256];
        for (int i = 0; i < bytes.length; i += 2) bytes[i] = (byte) (i * 13);
        Files.write(text, bytes);
        Outcome.of(
                        "convert-qwen25",
                        Outcome.storyModel(),
                        "--quant",
                        "q4_0",
                        "-o",
                        folder.resolve("model.gguf"),
                        "--report",
                        report,
                        "--report-text",
                        text)
                .done();
        JsonNode json = JsonMapper.builder().build().readTree(Files.readAllBytes(report));
        assertEquals("q4_0", json.get("format").asString());
        assertEquals(Files.size(folder.resolve("model.gguf")), json.get("bytes").longValue());
        assertEquals(4.5, json.get("bits_per_weight").doubleValue(), 1e-9);
        assertTrue(json.get("relative_error").get("down").doubleValue() > .01, "errors by kind");
        assertEquals(74, json.get("tensors").size());
        JsonNode evaluation = json.get("evaluation");
        assertTrue(evaluation.get("ppl").doubleValue()
                != evaluation.get("ppl_full_precision").doubleValue());
        assertTrue(evaluation.get("kl").doubleValue() > 1e-5, "embedding and projections are rounded");
        assertNotNull(evaluation.get("sample"));
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        study("--types", "q9_k").failed(2, "q4_k_m");
        study("--types", "digits@none").failed(2, "digits@4.5");
        study("--types", "tl2x2_calibrated", "--calibration", "none").failed(1, "--calibration");
        Outcome.of("quant-study", Outcome.storyModel(), "--test", ids(), "-c", 64)
                .failed(1, "48 tokens");
        Outcome.of("quant-study", folder.resolve("none.gguf")).failed(1, "no such file");
    }

    static List<StudyFormat> formats() {
        return StudyFormat.all();
    }

    @ParameterizedTest
    @MethodSource("formats")
    void everyFormatIsFoundByItsName(StudyFormat format) {
        assertEquals(format, StudyFormat.byName(format.label()));
        assertFalse(format.family().isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"0, LOSSLESS", "0.01, LOSSLESS", "0.0101, GOOD", "0.5, DEGRADED", "1.01, UNUSABLE", "NaN, UNUSABLE"})
    void verdictsFollowTheDivergence(double kl, Verdict expected) {
        assertEquals(expected, Verdict.of(kl));
    }
}
