package dev.lutra.tools.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.quant.imatrix.ColumnStatistics;
import dev.lutra.quant.imatrix.ImportanceFile;
import dev.lutra.quant.imatrix.ImportanceMatrix;
import dev.lutra.tools.convert.CheckpointSource;
import dev.lutra.tools.convert.SourceTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImatrixCommandTest {
    private static final int LAYERS = 6, CONTEXT = 16, CHUNKS = 2;
    private static final int[] IDS = new int[CONTEXT * CHUNKS + 5];

    static {
        for (int i = 0; i < IDS.length; i++) IDS[i] = (i * 37 + 11) % 1400;
    }

    @TempDir
    Path folder;

    private Path ids() throws IOException {
        Path file = folder.resolve("ids.json");
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < IDS.length; i++) text.append(i == 0 ? "" : ",").append(IDS[i]);
        Files.writeString(file, text.append(']'));
        return file;
    }

    private Outcome imatrix(Path output, Object... more) throws IOException {
        Object[] all = new Object[more.length + 9];
        Object[] fixed = {"imatrix", "-m", Outcome.storyModel(), "--ids-file", ids(), "-c", CONTEXT, "-o", output};
        System.arraycopy(fixed, 0, all, 0, fixed.length);
        System.arraycopy(more, 0, all, fixed.length, more.length);
        return Outcome.of(all);
    }

    @Test
    void everyProjectionCountsEveryTokenOfEveryChunk() throws IOException {
        Path file = folder.resolve("a.gguf");
        imatrix(file).done();
        ImportanceMatrix matrix = ImportanceFile.read(file);
        assertEquals(
                7 * LAYERS, matrix.entries().size(), matrix.entries().keySet().toString());
        assertEquals(CHUNKS, matrix.chunks());
        assertEquals(CONTEXT, matrix.chunkSize());
        for (ColumnStatistics entry : matrix.entries().values())
            assertArrayEquals(new float[] {CONTEXT * CHUNKS}, entry.counts());
    }

    /** What enters the first layer's projections is the normalized embedding, which is easily computed. */
    @Test
    void sumsOfTheFirstLayerAreThoseOfNormalizedEmbeddings() throws IOException {
        Path file = folder.resolve("a.gguf");
        imatrix(file).done();
        double[] expected;
        try (CheckpointSource source = CheckpointSource.open(Outcome.storyModel(), null, warning -> {})) {
            int hidden = source.config().hidden();
            expected = new double[hidden];
            float[] norm = new float[hidden], row = new float[hidden];
            tensor(source, "blk.0.attn_norm.weight").readRows(0, 1, norm);
            for (int i = 0; i < CONTEXT * CHUNKS; i++) {
                tensor(source, "token_embd.weight").readRows(IDS[i], 1, row);
                double power = 0;
                for (float value : row) power += (double) value * value;
                double scale = 1 / Math.sqrt(power / hidden + source.config().rmsNormEps());
                for (int c = 0; c < hidden; c++) expected[c] += Math.pow(row[c] * scale * norm[c], 2);
            }
        }
        Map<String, ColumnStatistics> entries = ImportanceFile.read(file).entries();
        for (String name : new String[] {"attn_q", "attn_k", "attn_v"}) {
            float[] sums = entries.get("blk.0." + name + ".weight").sums();
            for (int c = 0; c < sums.length; c++)
                assertEquals(expected[c], sums[c], 1e-4 * expected[c], name + " " + c);
        }
    }

    private static SourceTensor tensor(CheckpointSource source, String name) {
        return source.tensors().stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theOlderFormSaysTheSame() throws IOException {
        Path gguf = folder.resolve("a.gguf"), legacy = folder.resolve("a.dat");
        imatrix(gguf).done();
        imatrix(legacy).done();
        Map<String, ColumnStatistics> expected = ImportanceFile.read(gguf).entries();
        Map<String, ColumnStatistics> found = ImportanceFile.read(legacy).entries();
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, entry) -> {
            float[] means = entry.means(), same = found.get(name).means();
            for (int c = 0; c < means.length; c++) assertEquals(means[c], same[c], 1e-5 * means[c], name);
        });
    }

    @Test
    void theConverterWeighsErrorsByIt() throws IOException {
        Path importance = folder.resolve("a.gguf"), plain = folder.resolve("plain.gguf");
        Path weighed = folder.resolve("weighed.gguf");
        imatrix(importance).done();
        Object model = Outcome.storyModel();
        Outcome.of("convert-qwen25", model, "--quant", "q4_0", "-o", plain).done();
        Outcome.of("convert-qwen25", model, "--quant", "q4_0", "-o", weighed, "--imatrix", importance)
                .done();
        assertFalse(Arrays.equals(Files.readAllBytes(plain), Files.readAllBytes(weighed)));
    }

    @Test
    void theModelsOwnSamplesAreReproducible() throws IOException {
        Path first = folder.resolve("1.gguf"), second = folder.resolve("2.gguf"), other = folder.resolve("3.gguf");
        for (Path file : new Path[] {first, second})
            Outcome.of("imatrix", "-m", Outcome.storyModel(), "--self-samples", 2, "-c", 12, "-o", file)
                    .done();
        Outcome.of("imatrix", "-m", Outcome.storyModel(), "--self-samples", 2, "-c", 12, "--seed", 9, "-o", other)
                .done();
        assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
        assertFalse(ImportanceFile.read(first)
                .entries()
                .equals(ImportanceFile.read(other).entries()));
    }

    @Test
    void refusesWhatCannotBeDone() throws IOException {
        Path file = folder.resolve("a.gguf");
        imatrix(file, "--chunks", 9).failed(1, "do not fill 9 chunks of 16");
        assertFalse(Files.exists(file));
        imatrix(file).done();
        imatrix(file).failed(1, "--overwrite");
        imatrix(file, "--overwrite", "--chunks", 1).done();
        assertEquals(1, ImportanceFile.read(file).chunks());
        imatrix(file, "--self-samples", 1).failed(2, "mutually exclusive");
        assertTrue(
                Outcome.of("imatrix", "-m", folder.resolve("none.gguf"), "--ids-file", ids(), "-o", folder.resolve("b"))
                        .err()
                        .contains("no such file"));
    }
}
