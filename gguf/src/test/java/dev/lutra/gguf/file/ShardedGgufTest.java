package dev.lutra.gguf.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.type.GgmlType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardedGgufTest {
    @TempDir
    Path folder;

    private Path first;

    private static RawGguf shard(int number, int count, int tensors) {
        return new RawGguf()
                .pair("split.no", 2, RawGguf.bytes(number, 2))
                .pair("split.count", 2, RawGguf.bytes(count, 2))
                .pair("split.tensors.count", 5, RawGguf.bytes(tensors, 4));
    }

    private Path path(int number) {
        return folder.resolve(new ShardName("m", number, 3).toString());
    }

    @BeforeEach
    void writeShards() throws IOException {
        // the last tensor's room leaves its type open, so only the first shard's metadata can tell
        first = shard(0, 3, 3).text("general.architecture", "bitnet-b1.58").write(path(1));
        shard(1, 3, 3).tensor("a", 0, 0, 8).data(32).write(path(2));
        shard(2, 3, 3)
                .tensor("b", 39, 0, 512, 32)
                .tensor("c", 0, 1 << 20, 8)
                .data((1 << 20) + 32)
                .write(path(3));
    }

    private void assertRefused(String reason, Path opened) {
        String message = assertThrows(
                        MalformedFileException.class,
                        () -> GgufFile.open(opened).close())
                .getMessage();
        assertTrue(message.contains(reason), message);
    }

    @Test
    void theFirstShardOpensAll() throws IOException {
        try (GgufFile model = GgufFile.open(first)) {
            assertEquals(
                    List.of("a", "b", "c"),
                    model.tensors().stream().map(GgufTensor::name).toList());
            assertEquals(GgmlType.TL2, model.tensor("b").type());
            assertEquals(path(3), model.tensor("b").file());
            assertEquals(List.of(path(1), path(2), path(3)), model.paths());
        }
    }

    @Test
    void aShardCanBeOpenedAlone() throws IOException {
        try (GgufFile shard = GgufFile.openSingle(path(2))) {
            assertEquals(1, shard.tensors().size());
        }
    }

    @Test
    void mistakesAreExplained() throws IOException {
        assertRefused("give the first one, m-00001-of-00003.gguf", path(2));
        Path renamed = Files.copy(first, folder.resolve("renamed.gguf"));
        assertRefused("rename it to renamed-00001-of-00003.gguf", renamed);
        shard(0, 3, 4).write(path(1));
        assertRefused("announces 4 tensors, the shards hold 3", first);
        shard(0, 3, 3).write(path(1));
        shard(1, 3, 3).tensor("b", 0, 0, 8).data(32).write(path(2));
        assertRefused("tensor b appears in two shards", first);
        shard(2, 3, 3).tensor("a", 0, 0, 8).data(32).write(path(2));
        assertRefused("says that it is shard 3 of 3", first);
        Files.delete(path(2));
        assertRefused("shard m-00002-of-00003.gguf is missing", first);
    }
}
