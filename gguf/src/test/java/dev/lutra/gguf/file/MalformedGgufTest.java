package dev.lutra.gguf.file;

import static dev.lutra.gguf.file.RawGguf.bytes;
import static dev.lutra.gguf.file.RawGguf.join;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each way in which a header can lie, and the sentence that says so. */
class MalformedGgufTest {
    @TempDir
    Path folder;

    private void assertRefused(String reason, RawGguf gguf) throws IOException {
        Path file = gguf.write(folder.resolve("model.gguf"));
        var error = assertThrows(
                MalformedFileException.class, () -> GgufFile.open(file).close());
        assertTrue(error.reason().contains(reason), error.getMessage());
        assertEquals(file, error.file());
        assertTrue(error.offset() >= 0 && error.offset() <= Files.size(file), "offset " + error.offset());
    }

    @Test
    void otherFiles() throws IOException {
        Path file = folder.resolve("other");
        Files.writeString(file, "PK\u0003\u0004, no GGUF at all");
        assertTrue(assertThrows(MalformedFileException.class, () -> GgufFile.open(file))
                .getMessage()
                .contains("is not a GGUF file: it begins with 504b0304"));
        Files.write(file, new byte[0]);
        assertThrows(MalformedFileException.class, () -> GgufFile.open(file));
        assertThrows(MalformedFileException.class, () -> GgufFile.open(folder));
        assertThrows(NoSuchFileException.class, () -> GgufFile.open(folder.resolve("missing")));
    }

    @Test
    void versions() throws IOException {
        assertRefused("version 1, which", new RawGguf().version(1));
        assertRefused("version 4; versions 2 and 3", new RawGguf().version(4));
        assertRefused("big-endian", new RawGguf().version(0x03000000));
        try (GgufFile file = GgufFile.open(new RawGguf().version(2).write(folder.resolve("v2.gguf")))) {
            assertEquals(2, file.version());
        }
    }

    @Test
    void keys() throws IOException {
        assertRefused("key a.b appears twice", new RawGguf().u32("a.b", 1).u32("a.b", 2));
        assertRefused("key 1 of 1 is empty", new RawGguf().u32("", 1));
        assertRefused("above the limit of 65535", new RawGguf().u32("k".repeat(65536), 1));
        assertRefused("unknown value type 13", new RawGguf().pair("k", 13, new byte[8]));
        assertRefused("unknown value type 4294967295", new RawGguf().pair("k", -1, new byte[8]));
        assertRefused("the bool 2", new RawGguf().pair("k", 7, new byte[] {2}));
        assertRefused(
                "a bool that is neither",
                new RawGguf().pair("k", 9, join(bytes(7, 4), bytes(3, 8), bytes(0x20001, 3))));
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MIN_VALUE, -1, 1L << 62, 1L << 32, 1000})
    void lengthsThatTheFileCannotHold(long length) throws IOException {
        assertRefused("claims " + Long.toUnsignedString(length), new RawGguf().pair("k", 8, bytes(length, 8)));
        for (int type = 0; type <= 12; type++)
            assertRefused(
                    "is " + Long.toUnsignedString(length) + ", more than",
                    new RawGguf().pair("k", 9, join(bytes(type, 4), bytes(length, 8), new byte[16])));
        assertRefused("needs", new RawGguf().pair("k", 9, join(bytes(8, 4), bytes(1, 8), bytes(length, 8))));
    }

    @Test
    void arraysNestedTooDeep() throws IOException {
        byte[] value = join(bytes(4, 4), bytes(0, 8));
        for (int i = 0; i < 7; i++) value = join(bytes(9, 4), bytes(1, 8), value);
        new RawGguf().pair("k", 9, value).write(folder.resolve("deep.gguf"));
        GgufFile.open(folder.resolve("deep.gguf")).close();
        for (int i = 0; i < 10_000; i++) value = join(bytes(9, 4), bytes(1, 8), Arrays.copyOf(value, 120));
        assertRefused(
                "nests arrays more than 8 deep", new RawGguf().pair("k", 9, join(bytes(9, 4), bytes(1, 8), value)));
    }

    @Test
    void alignments() throws IOException {
        for (int alignment : new int[] {0, 3, 31, 36, -32, (1 << 30) + 8})
            assertRefused("general.alignment must be", new RawGguf().u32("general.alignment", alignment));
        assertRefused("general.alignment must be", new RawGguf().pair("general.alignment", 10, bytes(32, 8)));
        assertRefused("general.alignment must be", new RawGguf().text("general.alignment", "32"));
        for (int alignment : new int[] {1, 2, 8, 24, 4096}) {
            Path file = new RawGguf().u32("general.alignment", alignment).write(folder.resolve("aligned.gguf"));
            try (GgufFile gguf = GgufFile.open(file)) {
                assertEquals(alignment, gguf.alignment());
            }
        }
    }

    @Test
    void tensorTables() throws IOException {
        assertRefused(
                "tensor a appears twice",
                new RawGguf().tensor("a", 0, 0, 8).tensor("a", 0, 32, 8).data(64));
        assertRefused(
                "the name of tensor 1 of 1 is empty",
                new RawGguf().tensor("", 0, 0, 8).data(32));
        assertRefused(
                "above the limit of 64",
                new RawGguf().tensor("x".repeat(65), 0, 0, 8).data(32));
        assertRefused(
                "has 5 dimensions",
                new RawGguf().tensor("a", 0, 0, 1, 1, 1, 1, 1).data(32));
        assertRefused("dimension 1 is 0", new RawGguf().tensor("a", 0, 0, 1, 0).data(32));
        assertRefused(
                "dimension 0 is 9223372036854775808",
                new RawGguf().tensor("a", 0, 0, Long.MIN_VALUE).data(32));
        assertRefused(
                "element count overflows",
                new RawGguf().tensor("a", 0, 0, 1L << 32, 1L << 31).data(32));
        assertRefused(
                "no multiple of the alignment",
                new RawGguf().tensor("a", 0, 8, 1).data(64));
        assertRefused(
                "no multiple of the alignment",
                new RawGguf().tensor("a", 0, -32, 1).data(64));
        assertRefused(
                "the file ends before",
                new RawGguf().tensor("a", 0, 1L << 40, 1).data(64));
        assertRefused(
                "the file ends before",
                new RawGguf().tensor("a", 0, Long.MAX_VALUE - 31, 1).data(64));
        assertRefused(
                "ends after the file does", new RawGguf().tensor("a", 0, 0, 17).data(64));
        assertRefused("overflow", new RawGguf().tensor("a", 0, 0, 1L << 61).data(64));
        assertRefused(
                "(f32, 68 bytes) overlaps tensor b",
                new RawGguf().tensor("a", 0, 0, 17).tensor("b", 0, 64, 1).data(96));
        assertRefused(
                "overlaps",
                new RawGguf().tensor("a", 0, 0, 1).tensor("b", 0, 0, 1).data(32));
        assertRefused(
                "not a multiple of q8_0's block",
                new RawGguf().tensor("a", 8, 0, 31).data(64));
    }

    @Test
    void messagesFitOneLineWhateverTheFileSays() throws IOException {
        Path file = new RawGguf().tensor("a\n\u001b[31mb", 0, 8, 1).data(64).write(folder.resolve("model.gguf"));
        var error = assertThrows(MalformedFileException.class, () -> GgufFile.open(file));
        assertTrue(error.getMessage().contains("a\\u000a\\u001b[31mb"), error.getMessage());
        assertEquals(1, error.getMessage().lines().count());
    }

    @Test
    void unknownTypesAreListedWithTheBytesUpToTheNextTensor() throws IOException {
        Path file = new RawGguf()
                .tensor("a", 777, 0, 10)
                .tensor("b", 0, 64, 8)
                .data(96)
                .write(folder.resolve("u.gguf"));
        try (GgufFile gguf = GgufFile.open(file)) {
            assertEquals("unknown(777)", gguf.tensor("a").type().label());
            assertEquals(64, gguf.tensor("a").byteSize());
        }
    }
}
