package dev.lutra.gguf.safetensors;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.bytes.ByteCursor;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The golden file comes from the reference: safetensors 0.8.0, {@code safetensors.numpy.save_file}. */
class SafetensorsFileTest {
    @TempDir
    Path folder;

    static Path golden() {
        try {
            return Path.of(
                    SafetensorsFileTest.class.getResource("python.safetensors").toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void readsWhatTheReferenceWrote() throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(golden())) {
            assertEquals(Map.of("format", "np", "text", "ü"), file.metadata());
            assertEquals(9, file.tensors().size());
            assertArrayEquals(
                    new float[] {1.5f, -2.25f, 3e-8f}, tensor(file, "f32").readRows(0, 1));
            assertArrayEquals(
                    new float[] {1.5f, -2.25f, 5.9604645e-8f, 65504f},
                    tensor(file, "f16").readRows(0, 2));
            assertArrayEquals(
                    new float[] {5.9604645e-8f, 65504f}, tensor(file, "f16").readRows(1, 1));
            assertArrayEquals(new float[] {0.1f}, tensor(file, "f64").readRows(0, 1));
            assertEquals(-5, tensor(file, "i64").data().get(ByteCursor.LONG_LE, 0));
            assertEquals(List.of(1L, 1L, 1L), tensor(file, "i64").shape());
            assertEquals("bool BOOL [2]", tensor(file, "bool").toString());
            SafetensorsTensor scalar = tensor(file, "scalar");
            assertEquals(List.of(), scalar.shape());
            assertEquals(1, scalar.elements());
            assertEquals(7, scalar.data().get(ByteCursor.INT_LE, 0));
            assertEquals(0, tensor(file, "empty").rows());
        }
    }

    private static SafetensorsTensor tensor(SafetensorsFile file, String name) {
        return file.find(name).orElseThrow();
    }

    @Test
    void bfloat16IsTheUpperHalfOfAFloat() throws IOException {
        Path path =
                write("{\"w\":{\"dtype\":\"BF16\",\"shape\":[2,2],\"data_offsets\":[0,8]}}", 0x3f80, 0xc000, 1, 0x7f80);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            float[] into = new float[5];
            tensor(file, "w").readFloats(0, into, 1, 4);
            assertArrayEquals(new float[] {0, 1f, -2f, Float.intBitsToFloat(1 << 16), Float.POSITIVE_INFINITY}, into);
            assertThrows(
                    IndexOutOfBoundsException.class, () -> tensor(file, "w").readRows(1, 2));
            assertThrows(
                    IndexOutOfBoundsException.class, () -> tensor(file, "w").readRows(-1, 1));
        }
    }

    private Path write(String json, int... shorts) throws IOException {
        byte[] header = json.getBytes(UTF_8);
        ByteBuffer bytes =
                ByteBuffer.allocate(8 + header.length + 2 * shorts.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(header.length).put(header);
        for (int value : shorts) bytes.putShort((short) value);
        return Files.write(folder.resolve("model.safetensors"), bytes.array());
    }

    /** Each header stands in front of eight bytes of data. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            the header is VALUE_STRING | "x"
            no sound JSON | {"a":{"dtype":"F32"
            no sound JSON: Duplicate | {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}
            no sound JSON: Duplicate | {"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}
            goes on after | {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} {}
            tensor a lacks its dtype | {"a":{"shape":[2],"data_offsets":[0,8]}}
            tensor a lacks its dtype | {"a":{"dtype":"F32","shape":[2]}}
            two data_offsets | {"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}}
            unknown dtype F99 | {"a":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}}
            tensor a: dtype is VALUE_NUMBER_INT | {"a":{"dtype":1,"shape":[2],"data_offsets":[0,8]}}
            tensor a: shape is VALUE_NUMBER_FLOAT | {"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}
            negative number -2 | {"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}
            does not take the 8 bytes | {"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}
            claims bytes 0 to 12 of 8 | {"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}
            claims bytes 8 to 0 | {"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}
            impossible shape | {"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,8]}}
            impossible shape | {"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}
            impossible shape | {"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}
            no sound JSON | {"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}
            tensor b follows a hole | {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[6],"data_offsets":[2,8]}}
            tensor b overlaps | {"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}
            4 bytes after the last tensor | {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}
            __metadata__.k is VALUE_NUMBER_INT | {"__metadata__":{"k":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}
            """)
    void lyingHeadersAreRefused(String reason, String json) throws IOException {
        Path path = write(json, 1, 2, 3, 4);
        var error = assertThrows(
                MalformedFileException.class, () -> SafetensorsFile.open(path).close());
        assertTrue(error.getMessage().contains(reason), error.getMessage());
        assertEquals(path, error.file());
        assertEquals(1, error.getMessage().lines().count());
    }

    @ParameterizedTest
    @CsvSource({"-1", "0", "1", "100000001", "9223372036854775807", "-9223372036854775808", "50"})
    void headerLengthsThatCannotBe(long length) throws IOException {
        Path path = write("{}");
        byte[] bytes = Files.readAllBytes(path);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
        Files.write(path, bytes);
        assertThrows(MalformedFileException.class, () -> SafetensorsFile.open(path));
    }

    @Test
    void everyDtypeHasItsSize() throws IOException {
        for (Dtype dtype : Dtype.values()) {
            long bytes = dtype.byteSize(8);
            Path path = write(
                    "{\"w\":{\"dtype\":\"" + dtype + "\",\"shape\":[8],\"data_offsets\":[0," + bytes + "]}}",
                    new int[(int) bytes / 2]);
            try (SafetensorsFile file = SafetensorsFile.open(path)) {
                assertEquals(dtype, tensor(file, "w").dtype());
                assertEquals(bytes, tensor(file, "w").byteSize());
            }
        }
    }

    @Test
    void integersAreNoFloats() throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(golden())) {
            String message = assertThrows(
                            MalformedFileException.class,
                            () -> tensor(file, "u8").readRows(0, 1))
                    .getMessage();
            assertTrue(message.contains("tensor u8 has dtype U8"), message);
        }
    }
}
