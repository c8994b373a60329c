package dev.lutra.quant.ternary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.quant.InvalidCodeException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DigitCodecTest {
    private static DigitMatrix random(DigitType type, int rows, int columns, Arena arena) {
        Random random = new Random(31L * rows + columns);
        DigitMatrix matrix = DigitMatrix.allocate(rows, columns, type.digits(), type.group(), arena);
        int max = DigitMatrix.maxLevel(type.digits());
        for (int row = 0; row < rows; row++) {
            matrix.rowScales()[row] = (random.nextInt(64) + 64) * 0x1p-14f;
            for (int column = 0; column < columns; column++)
                matrix.setLevel(row, column, random.nextInt(2 * max + 1) - max);
        }
        for (long i = 0; i < matrix.groupScales().byteSize(); i++)
            matrix.groupScales().set(ValueLayout.JAVA_BYTE, i, (byte)
                    (1 + random.nextInt(DigitMatrix.maxGroupScale(type.digits()))));
        return matrix;
    }

    private static void assertSame(DigitMatrix expected, DigitMatrix actual) {
        assertEquals(-1, expected.planes().mismatch(actual.planes()));
        assertEquals(-1, expected.groupScales().mismatch(actual.groupScales()));
        assertArrayEquals(expected.rowScales(), actual.rowScales());
    }

    @ParameterizedTest
    @CsvSource({
        "2, 96, 5, 512", "3, 96, 5, 512", "2, 32, 3, 896", "3, 4064, 2, 5000", "2, 96, 1, 1", "3, 96, 4, 2",
        "2, 64, 3, 22", "2, 96, 2, 23", "3, 96, 2, 24", "2, 96, 2, 25", "3, 32, 7, 97", "2, 96, 2, 191"
    })
    void roundTrip(int digits, int group, int rows, int columns) {
        DigitType type = new DigitType(digits, group);
        DigitCodec codec = new DigitCodec(type, rows, columns);
        try (Arena arena = Arena.ofConfined()) {
            DigitMatrix matrix = random(type, rows, columns, arena);
            MemorySegment tensor = arena.allocate(codec.byteSize());
            tensor.fill((byte) 0xA5);
            codec.encode(matrix, tensor);
            assertSame(matrix, codec.decode(tensor, arena));
            assertPlanesAreAsDocumented(matrix, type, tensor);
        }
    }

    /** Reads the planes straight by the words of DigitType's documentation. */
    private static void assertPlanesAreAsDocumented(DigitMatrix matrix, DigitType type, MemorySegment tensor) {
        int triples = (matrix.columns() + 2) / 3;
        for (int digit = 0; digit < type.digits(); digit++) {
            for (int row = 0; row < matrix.rows(); row++) {
                long at = ((long) digit * matrix.rows() + row) * DigitType.planeRowBytes(matrix.columns());
                for (int i = 0; i < triples; i++) {
                    int index = tensor.get(ValueLayout.JAVA_BYTE, at + i / 2) >> (i % 2 == 0 ? 4 : 0) & 15;
                    int sign = tensor.get(ValueLayout.JAVA_BYTE, at + (triples + 1) / 2 + i / 8) >> 7 - i % 8 & 1;
                    int value = 0;
                    for (int c = 3 * i; c < 3 * i + 3; c++)
                        value = 3 * value + (c < matrix.columns() ? matrix.trit(digit, row, c) : 0);
                    assertEquals(value, sign == 1 ? -index : index);
                }
            }
        }
    }

    @Test
    void windowsOfRowsMakeTheSameBytes() {
        DigitType type = new DigitType(3, 32);
        DigitCodec codec = new DigitCodec(type, 10, 50);
        try (Arena arena = Arena.ofConfined()) {
            DigitMatrix matrix = random(type, 10, 50, arena);
            MemorySegment whole = arena.allocate(codec.byteSize()), pieces = arena.allocate(codec.byteSize());
            codec.encode(matrix, whole);
            codec.encodeRows(matrix, 7, 3, 7, pieces);
            codec.encodeRows(matrix, 0, 7, 0, pieces);
            assertEquals(-1, whole.mismatch(pieces));
            DigitMatrix window = DigitMatrix.allocate(4, 50, 3, 32, arena);
            codec.decodeRows(whole, 5, 3, window, 1);
            for (int column = 0; column < 50; column++) {
                assertEquals(matrix.level(6, column), window.level(2, column));
                assertEquals(0, window.level(0, column));
            }
            assertEquals(matrix.rowScales()[7], window.rowScales()[3]);
            assertEquals(matrix.groupScale(7, 1), window.groupScale(3, 1));
        }
    }

    @Test
    void everyDamagedByteIsReadAsSomethingOrRefusedInItsPlace() {
        DigitType type = new DigitType(2, 32);
        DigitCodec codec = new DigitCodec(type, 3, 40);
        int refused = 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment tensor = arena.allocate(codec.byteSize());
            codec.encode(random(type, 3, 40, arena), tensor);
            for (long at = 0; at < tensor.byteSize(); at++) {
                byte original = tensor.get(ValueLayout.JAVA_BYTE, at);
                for (int value = 0; value < 256; value++) {
                    tensor.set(ValueLayout.JAVA_BYTE, at, (byte) value);
                    try {
                        codec.decode(tensor, Arena.ofAuto());
                    } catch (InvalidCodeException e) {
                        refused++;
                        assertTrue(e.offset() >= 0 && Math.abs(e.offset() - at) <= 10, e.getMessage());
                    }
                }
                tensor.set(ValueLayout.JAVA_BYTE, at, original);
            }
        }
        assertTrue(refused > 2000, "only " + refused);
    }

    @Test
    void whatTheFormatCannotHoldIsRefused() {
        DigitType type = new DigitType(2, 96);
        DigitCodec codec = new DigitCodec(type, 2, 96);
        try (Arena arena = Arena.ofConfined()) {
            DigitMatrix matrix = random(type, 2, 96, arena);
            MemorySegment tensor = arena.allocate(codec.byteSize());
            matrix.rowScales()[1] = 1.001f;
            assertThrows(IllegalArgumentException.class, () -> codec.encode(matrix, tensor));
            matrix.rowScales()[1] = 1f;
            matrix.groupScales().set(ValueLayout.JAVA_BYTE, 0, (byte) 32);
            assertThrows(IllegalArgumentException.class, () -> codec.encode(matrix, tensor));
            matrix.groupScales().set(ValueLayout.JAVA_BYTE, 0, (byte) 31);
            codec.encode(matrix, tensor);
            MemorySegment cut = tensor.asSlice(0, tensor.byteSize() - 1);
            assertThrows(IllegalArgumentException.class, () -> codec.decode(cut, arena));
            DigitMatrix three = DigitMatrix.allocate(2, 96, 3, 96, arena);
            assertThrows(IllegalArgumentException.class, () -> codec.decodeRows(tensor, 0, 2, three, 0));
            assertThrows(IllegalArgumentException.class, () -> codec.decodeRows(tensor, 1, 2, matrix, 0));
        }
    }
}
