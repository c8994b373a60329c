package dev.lutra.gguf.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.bytes.ByteCursor;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.metadata.MetadataValue;
import dev.lutra.gguf.type.GgmlType;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Reads a file that the reference Python package wrote: gguf 0.19.0, GGUFWriter, one key of every type. */
class GgufFileTest {
    private static Path golden() {
        try {
            return Path.of(GgufFileTest.class.getResource("python.gguf").toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void scalarsOfEveryTypeHaveTheWrittenTypeAndValue() throws IOException {
        try (GgufFile file = GgufFile.open(golden())) {
            GgufMetadata metadata = file.metadata();
            assertEquals(3, file.version());
            assertEquals(MetadataValue.string("qwen2"), metadata.value("general.architecture"));
            assertEquals(MetadataValue.u8(200), metadata.value("t.u8"));
            assertEquals(MetadataValue.i8(-100), metadata.value("t.i8"));
            assertEquals(MetadataValue.u16(60000), metadata.value("t.u16"));
            assertEquals(MetadataValue.i16(-30000), metadata.value("t.i16"));
            assertEquals(MetadataValue.u32(4000000000L), metadata.value("t.u32"));
            assertEquals(MetadataValue.i32(-2000000000), metadata.value("t.i32"));
            assertEquals(MetadataValue.f32(0.1f), metadata.value("t.f32"));
            assertEquals(MetadataValue.bool(true), metadata.value("t.bool"));
            assertEquals(MetadataValue.string("Grüße, 世界"), metadata.value("t.string"));
            assertEquals(MetadataValue.u64(-2), metadata.value("t.u64"));
            assertEquals("18446744073709551614", metadata.value("t.u64").toString());
            assertEquals(MetadataValue.i64(-(1L << 62)), metadata.value("t.i64"));
            assertEquals(MetadataValue.f64(0.1), metadata.value("t.f64"));
        }
    }

    @Test
    void arraysDecodeOnDemand() throws IOException {
        try (GgufFile file = GgufFile.open(golden())) {
            GgufMetadata metadata = file.metadata();
            assertEquals(List.of("", "a", "ĠHello", "世"), metadata.strings("t.strings"));
            assertArrayEquals(new int[] {1, -2, 3}, metadata.ints("t.ints"));
            assertArrayEquals(new float[] {0.5f, -1.25f}, metadata.floats("t.floats"));
            assertEquals(MetadataValue.bool(false), metadata.array("t.bools").element(1));
            assertEquals("bool[3]", metadata.array("t.bools").toString());
        }
    }

    @Test
    void tensorsHaveGgmlsDimensionOrderAndTheWrittenBytes() throws IOException {
        try (GgufFile file = GgufFile.open(golden())) {
            assertEquals(
                    List.of("f32 f32 [5, 2]", "f16 f16 [5, 2]", "q8_0 q8_0 [64, 2]", "cube i32 [4, 3, 2]"),
                    file.tensors().stream().map(GgufTensor::toString).toList());
            GgufTensor f32 = file.tensor("f32");
            for (int i = 0; i < 10; i++) assertEquals(i / 4f, f32.data().get(ByteCursor.FLOAT_LE, i * 4L));
            GgufTensor cube = file.tensor("cube");
            assertEquals(4, cube.columns());
            assertEquals(6, cube.rows());
            assertEquals(24, cube.elements());
            for (int i = 0; i < 24; i++) assertEquals(i, cube.data().get(ByteCursor.INT_LE, i * 4L));
            assertEquals(GgmlType.Q8_0, file.tensor("q8_0").type());
            assertEquals(4 * 34, file.tensor("q8_0").byteSize());
        }
    }

    @Test
    void wrongKeysTypesAndNamesAreNamed() throws IOException {
        try (GgufFile file = GgufFile.open(golden())) {
            GgufMetadata metadata = file.metadata();
            assertMessage("has no key t.missing", () -> metadata.string("t.missing"));
            assertMessage("t.u8 must be a string, not u8 200", () -> metadata.string("t.u8"));
            assertMessage("t.ints must be an array of strings, not i32[3]", () -> metadata.strings("t.ints"));
            assertMessage("t.u64 holds 18446744073709551614", () -> metadata.integer("t.u64"));
            assertMessage("t.u32 holds 4000000000", () -> metadata.intValue("t.u32"));
            assertMessage("has no tensor output.weight", () -> file.tensor("output.weight"));
        }
    }

    private static void assertMessage(String part, Executable action) {
        String message = assertThrows(MalformedFileException.class, action).getMessage();
        assertTrue(message.contains(part) && message.contains("python.gguf"), message);
    }

    @Test
    void dataEndsWithTheFile() throws IOException {
        GgufFile file = GgufFile.open(golden());
        GgufTensor tensor = file.tensor("f32");
        GgufMetadata detached = file.metadata().detach();
        file.close();
        file.close();
        assertThrows(IllegalStateException.class, () -> tensor.data().get(ByteCursor.FLOAT_LE, 0));
        assertEquals(List.of("", "a", "ĠHello", "世"), detached.strings("t.strings"));
    }
}
