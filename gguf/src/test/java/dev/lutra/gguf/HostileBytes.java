package dev.lutra.gguf;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/**
 * Opens damaged copies of a sound file. Each must either open or fail with a {@link MalformedFileException}, and neither may
 * allocate much more than the file is long.
 */
public final class HostileBytes {
    /** What opening any file of a few kilobytes may allocate: the JSON parser's buffers are most of it. */
    private static final long ALLOWANCE = 1 << 20;

    private static final int BYTES_PER_BYTE = 64;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Reader reader;
    private int opened;
    private int refused;

    /** Opens a file and looks at everything in it. */
    @FunctionalInterface
    public interface Reader {
        void read(MemorySegment file);
    }

    public HostileBytes(Reader reader) {
        this.reader = reader;
    }

    /** How many damaged copies opened nevertheless. */
    public int opened() {
        return opened;
    }

    public int refused() {
        return refused;
    }

    /** Every prefix, of which none but the last may open. */
    public void everyPrefix(byte[] sound, int shortestSound) {
        for (int length = 0; length < sound.length; length++) {
            int before = opened;
            open(Arrays.copyOf(sound, length), "the first " + length + " bytes");
            if (opened > before && length < shortestSound) fail("the first " + length + " bytes opened");
        }
    }

    /** Every byte of the header under several changes. */
    public void everyByte(byte[] sound, int headerBytes) {
        for (int i = 0; i < headerBytes; i++)
            for (int value : new int[] {0, 0xFF, sound[i] ^ 1, sound[i] ^ 0x80, sound[i] + 1, sound[i] - 1}) {
                byte[] bytes = sound.clone();
                bytes[i] = (byte) value;
                open(bytes, "byte " + i + " set to " + (value & 0xFF));
            }
    }

    /** A huge number in place of every eight bytes, which covers every count, length, dimension and offset. */
    public void hugeNumberEverywhere(byte[] sound, int headerBytes) {
        long[] numbers = {Long.MAX_VALUE, Long.MIN_VALUE, -1, -32, 1L << 62, 1L << 40, Integer.MAX_VALUE, 1L << 31};
        for (int i = 0; i + 8 <= headerBytes; i++)
            for (long number : numbers) {
                byte[] bytes = sound.clone();
                for (int b = 0; b < 8; b++) bytes[i + b] = (byte) (number >>> 8 * b);
                open(bytes, "bytes " + i + " to " + (i + 8) + " set to " + number);
            }
    }

    /** Random changes: bytes set, runs removed, doubled or moved. */
    public void mutate(byte[] sound, RandomGenerator random, int count) {
        for (int i = 0; i < count; i++) {
            byte[] bytes = sound.clone();
            for (int changes = random.nextInt(1, 5); changes > 0; changes--) bytes = change(bytes, random);
            open(bytes, "mutation " + i + ": " + HexFormat.of().formatHex(bytes));
        }
    }

    private static byte[] change(byte[] bytes, RandomGenerator random) {
        if (bytes.length < 16) return bytes;
        int at = random.nextInt(bytes.length - 8), length = random.nextInt(1, 9);
        switch (random.nextInt(4)) {
            case 0 -> bytes[at] = (byte) random.nextInt();
            case 1 -> System.arraycopy(bytes, random.nextInt(bytes.length - length), bytes, at, Math.min(length, 8));
            case 2 -> {
                byte[] shorter = new byte[bytes.length - length];
                System.arraycopy(bytes, 0, shorter, 0, at);
                System.arraycopy(bytes, Math.min(bytes.length, at + length), shorter, at, shorter.length - at);
                return shorter;
            }
            default -> {
                byte[] longer = new byte[bytes.length + length];
                System.arraycopy(bytes, 0, longer, 0, at);
                System.arraycopy(bytes, at, longer, at + length, bytes.length - at);
                return longer;
            }
        }
        return bytes;
    }

    private void open(byte[] bytes, String what) {
        long limit = ALLOWANCE + (long) BYTES_PER_BYTE * bytes.length;
        Measured first = measure(bytes, what);
        if (first.opened()) opened++;
        else refused++;
        // the first time includes what loading the classes allocates
        if (first.allocated() < limit) return;
        long again = measure(bytes, what).allocated();
        assertTrue(again < limit, what + " allocated " + again);
    }

    /** @param allocated bytes of heap */
    private record Measured(boolean opened, long allocated) {}

    private Measured measure(byte[] bytes, String what) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        boolean opens = false;
        try {
            reader.read(MemorySegment.ofArray(bytes));
            opens = true;
        } catch (MalformedFileException expected) {
            // what damaged bytes should lead to
        } catch (RuntimeException | Error unexpected) {
            throw new AssertionError(what, unexpected);
        }
        return new Measured(opens, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
}
