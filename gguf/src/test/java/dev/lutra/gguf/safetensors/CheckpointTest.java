package dev.lutra.gguf.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.safetensors.SafetensorsWriter.Entry;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
    @TempDir
    Path folder;

    private void write(String file, String... names) throws IOException {
        List<Entry> entries = Arrays.stream(names)
                .map(name -> new Entry(name, Dtype.F32, List.of(1L, 2L)))
                .toList();
        try (SafetensorsWriter writer =
                SafetensorsWriter.create(folder.resolve(file), entries, Map.of("format", "pt"), true)) {
            for (String name : names) writer.write(name, MemorySegment.ofArray(new float[] {name.length(), -1}));
            writer.commit();
        }
    }

    private void writeIndex(String json) throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), json);
    }

    private void assertRefused(String reason) {
        String message = assertThrows(
                        MalformedFileException.class,
                        () -> Checkpoint.open(folder).close())
                .getMessage();
        assertTrue(message.contains(reason), message);
    }

    @Test
    void aFolderWithOneFileOpensIt() throws IOException {
        write("model.safetensors", "a", "bb");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertArrayEquals(new float[] {2, -1}, checkpoint.tensor("bb").readRows(0, 1));
            assertEquals(Files.size(folder.resolve("model.safetensors")), checkpoint.byteSize());
            assertThrows(MalformedFileException.class, () -> checkpoint.tensor("c"));
        }
    }

    @Test
    void anIndexOpensEveryShard() throws IOException {
        write("model-00001-of-00002.safetensors", "a", "bb");
        write("model-00002-of-00002.safetensors", "ccc");
        writeIndex("""
                {"metadata":{"total_size":24},"weight_map":{"a":"model-00001-of-00002.safetensors",
                "bb":"model-00001-of-00002.safetensors","ccc":"model-00002-of-00002.safetensors"}}""");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals(3, checkpoint.tensors().size());
            assertEquals(2, checkpoint.files().size());
            assertArrayEquals(new float[] {3, -1}, checkpoint.tensor("ccc").readRows(0, 1));
        }
    }

    @Test
    void mistakesInAnIndexAreExplained() throws IOException {
        write("one.safetensors", "a");
        write("two.safetensors", "b");
        writeIndex("{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"three.safetensors\"}}");
        assertRefused("shard three.safetensors is missing");
        writeIndex("{\"weight_map\":{\"a\":\"one.safetensors\",\"c\":\"two.safetensors\"}}");
        assertRefused("lacks tensor c");
        writeIndex("{\"weight_map\":{\"a\":\"two.safetensors\",\"b\":\"one.safetensors\"}}");
        assertRefused("lacks tensor");
        write("two.safetensors", "a");
        writeIndex("{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"}}");
        assertRefused("tensor a is also in one.safetensors");
        for (String name :
                List.of("\"../one.safetensors\"", "\"/etc/passwd\"", "\"a\\\\b.safetensors\"", "7", "null")) {
            writeIndex("{\"weight_map\":{\"a\":" + name + "}}");
            assertRefused("no plain name");
        }
        writeIndex("{\"weight_map\":{}}");
        assertRefused("has no weight_map");
        writeIndex("{\"weight_map\"");
        assertRefused("no sound JSON");
        writeIndex("{\"weight_map\":{\"a\":\"one.safetensors\",\"a\":\"two.safetensors\"}}");
        assertRefused("Duplicate");
    }

    @Test
    void foldersWithoutWeightsSayWhatIsMissing() throws IOException {
        assertRefused("holds neither model.safetensors");
        Files.createFile(folder.resolve("pytorch_model.bin"));
        assertRefused("save the checkpoint as safetensors");
        write("other.safetensors", "a");
        Checkpoint.open(folder).close();
        assertThrows(NoSuchFileException.class, () -> Checkpoint.open(folder.resolve("missing")));
    }

    @Test
    void aWriterLeavesNothingUnlessCommitted() throws IOException {
        Path target = folder.resolve("model.safetensors");
        List<Entry> entries = List.of(new Entry("u8", Dtype.U8, List.of(3L)), new Entry("f64", Dtype.F64, List.of(1L)));
        try (SafetensorsWriter writer = SafetensorsWriter.create(target, entries, Map.of(), false)) {
            writer.write("u8", MemorySegment.ofArray(new byte[3]));
            assertThrows(IllegalStateException.class, writer::commit);
            assertThrows(
                    IllegalArgumentException.class, () -> writer.write("u8", 2, MemorySegment.ofArray(new byte[2])));
        }
        try (var files = Files.list(folder)) {
            assertEquals(0, files.count());
        }
        try (SafetensorsWriter writer = SafetensorsWriter.create(target, entries, Map.of(), false)) {
            writer.write("f64", MemorySegment.ofArray(new double[] {0.5}));
            for (int i = 0; i < 3; i++) writer.write("u8", i, MemorySegment.ofArray(new byte[] {(byte) i}));
            assertFalse(Files.exists(target));
            writer.commit();
        }
        try (SafetensorsFile file = SafetensorsFile.open(target)) {
            assertEquals(
                    List.of("f64", "u8"),
                    file.tensors().stream().map(SafetensorsTensor::name).toList());
            assertEquals(0, file.tensors().getFirst().offset() % 8);
        }
        assertThrows(
                FileAlreadyExistsException.class, () -> SafetensorsWriter.create(target, entries, Map.of(), false));
    }
}
