package dev.lutra.gguf.bytes;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.lutra.gguf.MalformedFileException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Reads little-endian fields of a mapped file one after another, refusing to pass its end. */
public final class ByteCursor {
    public static final ValueLayout.OfShort SHORT_LE =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfInt INT_LE = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong LONG_LE = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfFloat FLOAT_LE =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfDouble DOUBLE_LE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Bytes that {@link #skipStrings} looks at at a time. */
    private static final int WINDOW = 64 << 10;

    private final Path file;
    private final MemorySegment bytes;
    private long position;

    /** Starts at the first byte of {@code bytes}, which hold {@code file} from its beginning. */
    public ByteCursor(Path file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    public long position() {
        return position;
    }

    public long remaining() {
        return bytes.byteSize() - position;
    }

    /** A fault of the field that begins {@code back} bytes before the cursor. */
    public MalformedFileException fault(long back, String reason) {
        return new MalformedFileException(file, position - back, reason);
    }

    /** Checks that {@code length}, an unsigned number from the file, still fits; {@code what} names the field. */
    public void require(long length, String what) {
        if (length < 0 || length > remaining())
            throw fault(
                    0,
                    what + " needs " + Long.toUnsignedString(length) + " bytes, but the file has " + remaining()
                            + " left; it is cut off or damaged: copy or download it again");
    }

    public byte readByte(String what) {
        require(1, what);
        return bytes.get(JAVA_BYTE, position++);
    }

    public short readShort(String what) {
        require(2, what);
        short value = bytes.get(SHORT_LE, position);
        position += 2;
        return value;
    }

    public int readInt(String what) {
        require(4, what);
        int value = bytes.get(INT_LE, position);
        position += 4;
        return value;
    }

    public long readLong(String what) {
        require(8, what);
        long value = bytes.get(LONG_LE, position);
        position += 8;
        return value;
    }

    /**
     * Reads a uint64 that counts things which take at least {@code minimumBytes} each, so it is safe to allocate by.
     *
     * @param limit the largest count that makes sense, whatever the file's size
     */
    public long readCount(String what, long minimumBytes, long limit) {
        long count = readLong(what);
        if (count < 0 || count > remaining() / minimumBytes)
            throw fault(
                    8,
                    what + " is " + Long.toUnsignedString(count) + ", more than the " + remaining()
                            + " bytes that follow can hold; the file is cut off or damaged: copy or download it again");
        if (count > limit) throw fault(8, what + " is " + count + ", above the limit of " + limit);
        return count;
    }

    public void skip(long length, String what) {
        require(length, what);
        position += length;
    }

    /**
     * Passes over {@code count} strings of GGUF, uint64 length and bytes.
     *
     * @return where the first of every {@code stride} strings begins, from the first one on
     */
    public long[] skipStrings(long count, int stride, String what) {
        long[] starts = new long[Math.toIntExact((count + stride - 1) / stride)];
        long first = position;
        // A vocabulary is passed over before anything has been compiled: lengths are read from an array, a window at a
        // time.
        byte[] window = new byte[(int) Math.min(WINDOW, remaining())];
        long from = position, to = position;
        for (long i = 0; i < count; i++) {
            if (i % stride == 0) starts[(int) (i / stride)] = position - first;
            if (position + 8 > to) {
                require(8, what);
                from = position;
                to = from + Math.min(window.length, remaining());
                MemorySegment.copy(bytes, JAVA_BYTE, from, window, 0, (int) (to - from));
            }
            int at = (int) (position - from);
            long length = (window[at] & 0xFF | (window[at + 1] & 0xFF) << 8 | (window[at + 2] & 0xFF) << 16)
                    | (window[at + 3] & 0xFFL) << 24;
            if ((window[at + 4] | window[at + 5] | window[at + 6] | window[at + 7]) != 0) length = readLong(what);
            else position += 8;
            if (length < 0 || length > bytes.byteSize() - position) require(length, what);
            position += length;
        }
        return starts;
    }

    /** The {@code length} bytes that end at the cursor, as a view. */
    public MemorySegment bytesBefore(long length) {
        return bytes.asSlice(position - length, length);
    }

    /** The next {@code length} bytes as a view, not a copy. */
    public MemorySegment readBytes(long length, String what) {
        require(length, what);
        MemorySegment slice = bytes.asSlice(position, length);
        position += length;
        return slice;
    }

    /** Reads a string of GGUF, uint64 length and UTF-8, that identifies something: it must be sound and not too long. */
    public String readName(String what, long limit) {
        byte[] utf8 = readStringBytes(what, limit);
        // Replacement characters tell that something was not sound, or that it holds such a character itself.
        String name = new String(utf8, StandardCharsets.UTF_8);
        if (name.indexOf('\uFFFD') < 0) return name;
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException e) {
            throw fault(utf8.length, what + " is not UTF-8; the file is damaged");
        }
    }

    /** Reads a string that people read: bytes that are not UTF-8 become U+FFFD, as a model should not fail over them. */
    public String readText(String what) {
        return new String(readStringBytes(what, Integer.MAX_VALUE - 8), StandardCharsets.UTF_8);
    }

    private byte[] readStringBytes(String what, long limit) {
        long length = readLong(what);
        if (length < 0 || length > remaining())
            throw fault(
                    8,
                    what + " claims " + Long.toUnsignedString(length) + " bytes, but the file has " + remaining()
                            + " left; it is cut off or damaged: copy or download it again");
        if (length > limit) throw fault(8, what + " is " + length + " bytes long, above the limit of " + limit);
        return readBytes(length, what).toArray(JAVA_BYTE);
    }
}
