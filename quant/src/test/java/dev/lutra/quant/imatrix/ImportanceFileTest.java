package dev.lutra.quant.imatrix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.quant.imatrix.ImportanceFile.Form;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImportanceFileTest {
    private static final String PLAIN = "blk.0.attn_q.weight";
    private static final String EXPERTS = "blk.0.ffn_down_exps.weight";

    @TempDir
    Path folder;

    /** Two tensors, one of them a stack of three matrices whose second no token reached. */
    private static ImportanceMatrix sample() {
        return new ImportanceMatrix(
                Map.of(
                        PLAIN,
                        new ColumnStatistics(new float[] {1, 2, 3, 0}, new float[] {1024}),
                        EXPERTS,
                        new ColumnStatistics(new float[] {4, 5, 0, 0, 8, 9}, new float[] {100, 0, 924})),
                List.of("wiki.txt", "chats.txt"),
                2,
                512);
    }

    private Path resource(String name) throws IOException {
        Path copy = folder.resolve(name);
        try (InputStream in = ImportanceFileTest.class.getResourceAsStream(name)) {
            Files.copy(in, copy);
        }
        return copy;
    }

    private Path written(ImportanceMatrix matrix, Form form) throws IOException {
        Path path = folder.resolve("written." + form);
        ImportanceFile.write(matrix, path, form);
        return path;
    }

    /** The files were written with Python: the one by the package gguf, the other field by field with struct. */
    @ParameterizedTest
    @ValueSource(strings = {"reference.gguf", "reference.dat"})
    void readsFilesOfOthers(String name) throws IOException {
        ImportanceMatrix matrix = ImportanceFile.read(resource(name));
        assertEquals(List.of("calibration.txt"), matrix.datasets());
        assertEquals(7, matrix.chunks());
        assertArrayEquals(
                new float[] {0.25f, 0.5f, 2, 0},
                matrix.importance(PLAIN, 4, 0, 1).orElseThrow());
        assertArrayEquals(
                new float[] {3, 1.5f}, matrix.importance(EXPERTS, 2, 2, 3).orElseThrow());
        assertTrue(matrix.importance("output.weight", 4, 0, 1).isEmpty());
    }

    @Test
    void ggufKeepsEverything() throws IOException {
        ImportanceMatrix read = ImportanceFile.read(written(sample(), Form.GGUF));
        assertEquals(sample().entries(), read.entries());
        assertEquals(sample().datasets(), read.datasets());
        assertEquals(2, read.chunks());
        assertEquals(512, read.chunkSize());
    }

    @Test
    void theOlderFormKeepsTheMeans() throws IOException {
        ImportanceMatrix read = ImportanceFile.read(written(sample(), Form.LEGACY));
        assertEquals(sample().entries().keySet(), read.entries().keySet());
        sample().entries()
                .forEach((name, statistics) -> assertArrayEquals(
                        statistics.means(), read.entries().get(name).means(), 1e-7f));
        assertEquals(List.of("chats.txt"), read.datasets());
    }

    @Test
    void theOlderFormLeavesOutWhatNoTokenReached() throws IOException {
        ImportanceMatrix matrix = new ImportanceMatrix(
                Map.of(
                        PLAIN,
                        new ColumnStatistics(new float[] {1}, new float[] {1}),
                        EXPERTS,
                        new ColumnStatistics(new float[] {0}, new float[] {0})),
                List.of(),
                1,
                512);
        assertFalse(ImportanceFile.read(written(matrix, Form.LEGACY)).entries().containsKey(EXPERTS));
    }

    @Test
    void matricesThatNoTokenReachedWeighEvenly() {
        assertArrayEquals(
                new float[] {1, 1}, sample().importance(EXPERTS, 2, 1, 3).orElseThrow());
    }

    @Test
    void statisticsOfAnotherModelAreRefused() {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> sample().importance(PLAIN, 8, 0, 1));
        assertTrue(e.getMessage().contains(PLAIN), e.getMessage());
    }

    @Test
    void theCollectorSumsSquares() {
        ImportanceCollector collector = new ImportanceCollector();
        collector.add(PLAIN, new float[] {9, 1, -2}, 1, 2);
        collector.add(PLAIN, new float[] {3, 0}, 0, 2);
        collector.add(EXPERTS, 1, 2, new float[] {5}, 0, 1);
        ImportanceMatrix matrix = collector.toMatrix(List.of("x"), 1, 2);
        assertArrayEquals(new float[] {5, 2}, matrix.importance(PLAIN, 2, 0, 1).orElseThrow());
        assertArrayEquals(new float[] {25}, matrix.importance(EXPERTS, 1, 1, 2).orElseThrow());
        collector.add(PLAIN, new float[] {Float.NaN, 0}, 0, 2);
        assertThrows(IllegalArgumentException.class, () -> collector.toMatrix(List.of(), 1, 2));
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void everyTruncationIsRefusedOrRead(Form form) throws IOException {
        byte[] whole = Files.readAllBytes(written(sample(), form));
        for (int length = 0; length < whole.length; length++) readOrRefuse(Arrays.copyOf(whole, length));
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void damageIsRefusedOrRead(Form form) throws IOException {
        byte[] whole = Files.readAllBytes(written(sample(), form));
        Random random = new Random(11);
        for (int i = 0; i < 300; i++) {
            byte[] damaged = whole.clone();
            for (int flips = random.nextInt(4); flips >= 0; flips--)
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            readOrRefuse(damaged);
        }
    }

    private void readOrRefuse(byte[] bytes) throws IOException {
        Path path = folder.resolve("damaged");
        Files.write(path, bytes);
        try {
            ImportanceFile.read(path);
        } catch (MalformedFileException expected) {
            assertEquals(path, expected.file());
        }
    }

    @Test
    void textIsNoImportanceMatrix() throws IOException {
        Path path = folder.resolve("notes.txt");
        Files.writeString(path, "calibration text by mistake");
        MalformedFileException e = assertThrows(MalformedFileException.class, () -> ImportanceFile.read(path));
        assertTrue(e.getMessage().contains("no importance matrix"), e.getMessage());
    }
}
