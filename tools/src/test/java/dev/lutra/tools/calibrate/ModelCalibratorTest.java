package dev.lutra.tools.calibrate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.engine.model.RopeTables;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.convert.ModelSource;
import dev.lutra.tools.convert.SourceTensor;
import dev.lutra.tools.report.Progress;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCalibratorTest {
    private static final Team TEAM = Team.of(2);
    private static final Kernels KERNELS = Kernels.of(KernelKind.SCALAR, TEAM);
    private static final int LENGTH = 16;
    private static final int[] TOKENS = TinyModel.tokens(40 * LENGTH, 1);
    private static final DigitType TWO = new DigitType(2, 32);

    @TempDir
    Path folder;

    @AfterAll
    static void endTeam() {
        TEAM.close();
    }

    @Test
    void correctionAndErrorFeedbackBringTheModelNearer() throws IOException {
        double plain = divergence(options(0, 0, false), new TinyModel(2), "plain");
        double corrected = divergence(options(2, .5, false), new TinyModel(2), "corrected");
        assertTrue(corrected < .95 * plain, corrected + " against " + plain);
        assertTrue(corrected > 0);
    }

    @Test
    void threeDigitsAreNearerThanTwoAndMixesLieBetween() throws IOException {
        DigitType three = new DigitType(3, 32);
        double two = divergence(options(1, .5, true), new TinyModel(3), "two");
        double mixed = divergence(
                CalibrationOptions.of(name -> name.contains("attn") ? three : TWO), new TinyModel(3), "mixed");
        double best = divergence(CalibrationOptions.of(name -> three), new TinyModel(3), "three");
        assertTrue(best < mixed && mixed < two, best + ", " + mixed + ", " + two);
        double q8 = divergence(CalibrationOptions.of(name -> GgmlType.Q8_0), new TinyModel(3), "q8");
        assertTrue(q8 < best, q8 + " against " + best);
    }

    @Test
    void foldingLeavesTheFunctionAloneAndTakesOutliersAway() {
        TinyModel model = new TinyModel(4).withOutliers(64);
        ModelTensors tensors = new ModelTensors(model);
        Texts texts = new Texts(LENGTH, TOKENS);
        LayerMath math = math();
        ChannelFolding folding = new ChannelFolding(math, TinyModel.CONFIG, texts, options(0, 0, true));
        try (Arena arena = Arena.ofShared()) {
            Streams streams = Streams.embed(tensors, texts, arena);
            LayerWeights before = LayerWeights.load(tensors, 0, arena), after = LayerWeights.load(tensors, 0, arena);
            List<Double> strengths = folding.fold(0, after, streams.full());
            assertEquals(4, strengths.size());
            assertTrue(strengths.get(0) > 0 && strengths.get(2) > 0, strengths.toString());
            assertTrue(after.attentionNorm()[7] < .3 * before.attentionNorm()[7]);
            math.pass(before, streams.full(), texts);
            math.pass(after, streams.quantized(), texts);
            for (int t = 0; t < TOKENS.length; t++)
                for (int i = 0; i < TinyModel.CONFIG.hidden(); i++)
                    assertEquals(
                            streams.full().get(t, i),
                            streams.quantized().get(t, i),
                            1e-4 * (1 + Math.abs(streams.full().get(t, i))));
        }
    }

    @Test
    void anInterruptedCalibrationGoesOnToTheSameResult() throws IOException {
        CalibrationOptions options = options(1, .5, true);
        IllegalStateException interruption = new IllegalStateException("interrupted");
        assertThrows(
                IllegalStateException.class,
                () -> calibrator(new TinyModel(5), options)
                        .run(folder.resolve("twice"), Progress.of("test", 3), line -> {
                            if (line.startsWith("layer 1")) throw interruption;
                        }));
        try (ModelSource resumed = run(new TinyModel(5), options, "twice");
                ModelSource once = run(new TinyModel(5), options, "once")) {
            for (int i = 0; i < once.tensors().size(); i++) {
                SourceTensor expected = once.tensors().get(i),
                        actual = resumed.tensors().get(i);
                assertEquals(expected.name(), actual.name());
                assertArrayEquals(read(expected), read(actual), expected.name());
            }
        }
    }

    @Test
    void calibratedTensorsHandOutTheirBytes() throws IOException {
        try (ModelSource source = run(new TinyModel(6), options(1, .5, false), "bytes")) {
            SourceTensor query = source.tensors().stream()
                    .filter(tensor -> tensor.name().equals("blk.1.attn_q.weight"))
                    .findFirst()
                    .orElseThrow();
            assertEquals(
                    TWO.byteSize(64, 64).orElseThrow(),
                    query.bytesOf(TWO).orElseThrow().byteSize());
            assertTrue(query.bytesOf(GgmlType.F16).isEmpty());
            float[] all = read(query), some = new float[3 * 64];
            query.readRows(5, 3, some);
            for (int i = 0; i < some.length; i++) assertEquals(all[5 * 64 + i], some[i]);
        }
    }

    @Test
    void whatDoesNotFitIsRefused() throws IOException {
        CalibrationOptions options = options(0, 0, false);
        run(new TinyModel(7), options, "taken").close();
        CommandFailure other =
                assertThrows(CommandFailure.class, () -> run(new TinyModel(7), options(0, .5, false), "taken"));
        assertTrue(other.getMessage().contains("other settings"), other.getMessage());
        assertThrows(
                CommandFailure.class,
                () -> new ModelCalibrator(new TinyModel(7), new int[] {1, 2, 50, 3}, 2, options, KERNELS));
        assertThrows(
                CommandFailure.class, () -> new ModelCalibrator(new TinyModel(7), new int[3], 4, options, KERNELS));
    }

    @Test
    void aMixKeepsToItsBitsAndRaisesWhatDamagesMost() {
        List<TensorDamage> damages =
                calibrator(new TinyModel(8), options(0, 0, false)).damages(32, 10, Progress.of("test", 3));
        assertEquals(21, damages.size());
        for (TensorDamage damage : damages) assertTrue(damage.divergence() > 0, damage.toString());
        DigitMix mix = DigitMix.choose(damages, 5, 32);
        assertTrue(mix.bitsPerWeight() <= 5 && mix.bitsPerWeight() > 4.6, mix.toString());
        TensorDamage worst = damages.stream()
                .max(Comparator.comparingDouble(damage -> damage.divergence() / damage.weights()))
                .orElseThrow();
        assertEquals(new DigitType(3, 32), mix.types().get(worst.name()));
        assertTrue(mix.types().containsValue(TWO));
        DigitMix large = DigitMix.choose(damages, 7, 32);
        assertTrue(large.types().containsValue(GgmlType.Q8_0) && !large.types().containsValue(TWO), large.toString());
        assertThrows(CommandFailure.class, () -> DigitMix.choose(damages, 3, 32));
        assertEquals(21, mix.table(damages).size());
    }

    @Test
    void aModelsOwnTextsAreReproducible() {
        TinyModel model = new TinyModel(10);
        int[] texts = SelfSamples.write(model, 3, 6, 12, 42, KERNELS, Progress.of("test", 72));
        assertArrayEquals(texts, SelfSamples.write(model, 3, 6, 12, 42, KERNELS, Progress.of("test", 72)));
        for (int text = 0; text < 6; text++) assertEquals(3, texts[text * 12]);
        assertTrue(Arrays.stream(texts).allMatch(token -> token >= 0 && token < 50));
        int[] others = SelfSamples.write(model, 3, 6, 12, 43, KERNELS, Progress.of("test", 72));
        assertFalse(Arrays.equals(texts, others));
        assertThrows(
                IllegalArgumentException.class,
                () -> SelfSamples.write(model, 50, 1, 4, 1, KERNELS, Progress.of("test", 4)));
    }

    @Test
    void theMemoryPlanCoversALargeModelsFigures() {
        CalibrationMemory small = CalibrationMemory.of(TinyModel.CONFIG, TOKENS.length, LENGTH, 0);
        assertEquals(2L * TOKENS.length * 64 * 4, small.streams());
        assertTrue(small.total() < 8 << 20, small.toString());
        assertTrue(CalibrationMemory.of(TinyModel.CONFIG, 2 * TOKENS.length, LENGTH, 8)
                        .total()
                > small.total());
    }

    private static LayerMath math() {
        return new LayerMath(TinyModel.CONFIG, KERNELS, RopeTables.of(TinyModel.CONFIG, LENGTH));
    }

    private static CalibrationOptions options(int passes, double correction, boolean scaleChannels) {
        return new CalibrationOptions(name -> TWO, .01, passes, correction, scaleChannels);
    }

    private static ModelCalibrator calibrator(ModelSource source, CalibrationOptions options) {
        return new ModelCalibrator(source, TOKENS, LENGTH, options, KERNELS);
    }

    private ModelSource run(ModelSource source, CalibrationOptions options, String name) throws IOException {
        return calibrator(source, options).run(folder.resolve(name), Progress.of("test", 3), line -> {});
    }

    /** KL divergence on texts that calibration has not seen. */
    private double divergence(CalibrationOptions options, ModelSource source, String name) throws IOException {
        Texts texts = new Texts(LENGTH, TinyModel.tokens(20 * LENGTH, 9));
        try (ModelSource calibrated = run(source, options, name);
                Arena arena = Arena.ofShared()) {
            ModelTensors original = new ModelTensors(source), changed = new ModelTensors(calibrated);
            FloatMatrix[] states = {forward(original, texts, arena), forward(changed, texts, arena)};
            StateDivergence divergence = new StateDivergence(
                    math(), original.vector("output_norm.weight"), original.matrix("token_embd.weight", arena));
            return divergence.mean(states[0], states[1], texts);
        }
    }

    private static FloatMatrix forward(ModelTensors tensors, Texts texts, Arena arena) {
        FloatMatrix states = Streams.embed(tensors, texts, arena).full();
        IntStream.range(0, TinyModel.CONFIG.layers())
                .forEach(layer -> math().pass(LayerWeights.load(tensors, layer, arena), states, texts));
        return states;
    }

    private static float[] read(SourceTensor tensor) {
        float[] values = new float[tensor.rows() * tensor.columns()];
        tensor.readRows(0, tensor.rows(), values);
        return values;
    }
}
