package dev.lutra.kernels.attention;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.lutra.kernels.memory.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Keys (already rotated) and values of one layer: {@code [head][position][headLength]} each, so that attention reads a head's
 * positions as one stream. Positions may be overwritten: going back in a text is storing from an earlier position again.
 */
public final class KvCache {
    private final CacheType type;
    private final int heads;
    private final int headLength;
    private final int capacity;
    private final int rowBytes;
    private final MemorySegment keys;
    private final MemorySegment values;

    /** Room for {@code capacity} positions of {@code heads} key-value heads of {@code headLength} elements. */
    public KvCache(Arena arena, CacheType type, int heads, int headLength, int capacity) {
        if (heads < 1 || headLength < 1 || capacity < 1)
            throw new IllegalArgumentException(
                    "a cache of " + heads + " heads of " + headLength + " at " + capacity + " positions");
        this.type = type;
        this.heads = heads;
        this.headLength = headLength;
        this.capacity = capacity;
        rowBytes = type.bytes(headLength);
        long bytes = Math.multiplyExact(Math.multiplyExact((long) heads, (long) capacity), (long) rowBytes);
        keys = arena.allocate(bytes, FloatMatrix.ALIGNMENT);
        values = arena.allocate(bytes, FloatMatrix.ALIGNMENT);
    }

    public CacheType type() {
        return type;
    }

    /** Key-value heads. */
    public int heads() {
        return heads;
    }

    public int headLength() {
        return headLength;
    }

    /** Positions that fit. */
    public int capacity() {
        return capacity;
    }

    /** Bytes from one position of a head to the next. */
    public int rowBytes() {
        return rowBytes;
    }

    /** Keys, {@code [head][position]} of {@link #rowBytes}. */
    public MemorySegment keys() {
        return keys;
    }

    /** Values, {@code [head][position]} of {@link #rowBytes}. */
    public MemorySegment values() {
        return values;
    }

    /** Bytes of keys and values together. */
    public long byteSize() {
        return keys.byteSize() + values.byteSize();
    }

    /** Where {@code head}'s part at {@code position} begins in {@link #keys} and {@link #values}. */
    public long offset(int head, int position) {
        return ((long) head * capacity + position) * rowBytes;
    }

    /**
     * Stores one row of {@code k} and of {@code v} per position, from {@code firstPosition} on.
     *
     * @param k [tokens][heads * headLength], rotated
     * @param v [tokens][heads * headLength]
     */
    public void store(int firstPosition, FloatMatrix k, FloatMatrix v) {
        Objects.checkFromIndexSize(firstPosition, k.rows(), capacity);
        requireHeads(k);
        requireHeads(v);
        for (int token = 0; token < k.rows(); token++)
            for (int head = 0; head < heads; head++) {
                long to = offset(head, firstPosition + token), from = (long) head * headLength * Float.BYTES;
                encode(k.segment(), k.offset(token) + from, keys, to);
                encode(v.segment(), v.offset(token) + from, values, to);
            }
    }

    private void requireHeads(FloatMatrix x) {
        if (x.columns() != heads * headLength)
            throw new IllegalArgumentException(
                    "rows of " + x.columns() + " are not " + heads + " heads of " + headLength);
    }

    private void encode(MemorySegment source, long from, MemorySegment target, long to) {
        switch (type) {
            case F32 -> MemorySegment.copy(source, from, target, to, (long) headLength * Float.BYTES);
            case F16 -> {
                for (long i = 0; i < headLength; i++)
                    target.set(
                            JAVA_SHORT_UNALIGNED,
                            to + 2 * i,
                            Float.floatToFloat16(source.get(JAVA_FLOAT_UNALIGNED, from + 4 * i)));
            }
            case Q8_0 -> {
                for (int block = 0; block < headLength / 32; block++)
                    encodeBlock(source, from + block * 128L, target, to + block * 34L);
            }
        }
    }

    /** ggml's Q8_0: scale max / 127 as float16, quotients by the unrounded scale, half away from zero. */
    private static void encodeBlock(MemorySegment source, long from, MemorySegment target, long to) {
        float maximum = 0;
        for (long i = 0; i < 32; i++)
            maximum = Math.max(maximum, Math.abs(source.get(JAVA_FLOAT_UNALIGNED, from + 4 * i)));
        float scale = maximum / 127, inverse = scale == 0 ? 0 : 1 / scale;
        target.set(JAVA_SHORT_UNALIGNED, to, Float.floatToFloat16(scale));
        for (long i = 0; i < 32; i++) {
            float q = source.get(JAVA_FLOAT_UNALIGNED, from + 4 * i) * inverse;
            target.set(JAVA_BYTE, to + 2 + i, (byte) (q + Math.copySign(0.5f, q)));
        }
    }

    /** Decodes the row of {@code rows} (keys or values) at {@code at} into {@code out}, {@link #headLength} values. */
    void decode(MemorySegment rows, long at, float[] out) {
        switch (type) {
            case F32 -> {
                for (int i = 0; i < headLength; i++) out[i] = rows.get(JAVA_FLOAT_UNALIGNED, at + 4L * i);
            }
            case F16 -> {
                for (int i = 0; i < headLength; i++)
                    out[i] = Float.float16ToFloat(rows.get(JAVA_SHORT_UNALIGNED, at + 2L * i));
            }
            case Q8_0 -> {
                for (int i = 0; i < headLength; i++) {
                    long block = at + i / 32 * 34L;
                    out[i] = Float.float16ToFloat(rows.get(JAVA_SHORT_UNALIGNED, block))
                            * rows.get(JAVA_BYTE, block + 2 + i % 32);
                }
            }
        }
    }
}
