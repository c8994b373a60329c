package dev.lutra.gguf.bytes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.MalformedFileException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteCursorTest {
    private static final int WINDOW = 64 << 10;

    private static ByteCursor cursor(byte[] bytes, int from) {
        ByteCursor cursor = new ByteCursor(Path.of("strings.gguf"), MemorySegment.ofArray(bytes));
        cursor.skip(from, "what comes before");
        return cursor;
    }

    /** Strings of these lengths from byte {@code from} on, and three more bytes. */
    private static byte[] strings(int from, long... lengths) {
        int size = from + 3;
        for (long length : lengths) size += 8 + (int) length;
        ByteBuffer buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.fill(buffer.array(), (byte) 0xA5);
        buffer.position(from);
        for (long length : lengths) buffer.putLong(length).position(buffer.position() + (int) length);
        return buffer.array();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 32, Integer.MAX_VALUE})
    void passesOverStringsAndNotesWhereTheyBegin(int stride) {
        SplittableRandom random = new SplittableRandom(stride);
        // ends of the window fall into lengths and strings; one string is longer than a window
        long[] lengths = random.longs(9_000, 0, 40).toArray();
        lengths[5_000] = 3 * WINDOW + 5;
        byte[] bytes = strings(7, lengths);
        ByteCursor cursor = cursor(bytes, 7);
        long[] starts = cursor.skipStrings(lengths.length, stride, "names");
        assertEquals(3, cursor.remaining());
        long at = 0;
        for (int i = 0; i < lengths.length; at += 8 + lengths[i++])
            if (i % stride == 0) assertEquals(at, starts[i / stride], "string " + i);
        assertEquals((lengths.length + (long) stride - 1) / stride, starts.length);
    }

    @Test
    void passesOverNothing() {
        ByteCursor cursor = cursor(new byte[3], 3);
        assertArrayEquals(new long[0], cursor.skipStrings(0, 32, "names"));
        assertEquals(3, cursor.position());
    }

    /** The second string claims as many bytes; three are there. */
    @ParameterizedTest
    @CsvSource({"4", "65536", "4294967296", "1099511627776", "-1", "-9223372036854775808", "9223372036854775807"})
    void refusesStringsThatPassTheEnd(long length) {
        byte[] bytes = strings(0, 5, 0);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(13, length);
        MalformedFileException failure = assertThrows(
                MalformedFileException.class, () -> cursor(bytes, 0).skipStrings(2, 32, "names"));
        assertTrue(failure.getMessage().contains("names needs " + Long.toUnsignedString(length)), failure.getMessage());
        assertTrue(failure.getMessage().contains("the file has 3 left"), failure.getMessage());
    }

    @Test
    void refusesToReadLengthsBeyondTheEnd() {
        byte[] bytes = strings(0, 5);
        MalformedFileException failure = assertThrows(
                MalformedFileException.class, () -> cursor(bytes, 0).skipStrings(2, 32, "names"));
        assertTrue(failure.getMessage().contains("needs 8 bytes"), failure.getMessage());
    }
}
