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
        // Arrays, since a first token is stored before anything is compiled, when access to single elements of segments
        // is slow.
        float[] row = new float[heads * headLength];
        byte[] encoded = new byte[rowBytes];
        for (int token = 0; token < k.rows(); token++) {
            k.copyRow(token, row, 0);
            storeRow(row, encoded, keys, firstPosition + token);
            v.copyRow(token, row, 0);
            storeRow(row, encoded, values, firstPosition + token);
        }
    }

    private void storeRow(float[] row, byte[] encoded, MemorySegment target, int position) {
        for (int head = 0; head < heads; head++) {
            long to = offset(head, position);
            int from = head * headLength;
            if (type == CacheType.F32) {
                MemorySegment.copy(row, from, target, JAVA_FLOAT_UNALIGNED, to, headLength);
                continue;
            }
            if (type == CacheType.F16)
                for (int i = 0; i < headLength; i++) putHalf(Float.floatToFloat16(row[from + i]), encoded, 2 * i);
            else
                for (int block = 0; block < headLength / 32; block++)
                    encodeBlock(row, from + block * 32, encoded, block * 34);
            MemorySegment.copy(encoded, 0, target, JAVA_BYTE, to, rowBytes);
        }
    }

    private static void putHalf(short half, byte[] target, int at) {
        target[at] = (byte) half;
        target[at + 1] = (byte) (half >> 8);
    }

    private void requireHeads(FloatMatrix x) {
        if (x.columns() != heads * headLength)
            throw new IllegalArgumentException(
                    "rows of " + x.columns() + " are not " + heads + " heads of " + headLength);
    }

    /** ggml's Q8_0: scale max / 127 as float16, quotients by the unrounded scale, half away from zero. */
    private static void encodeBlock(float[] source, int from, byte[] target, int to) {
        float maximum = 0;
        for (int i = 0; i < 32; i++) maximum = Math.max(maximum, Math.abs(source[from + i]));
        float scale = maximum / 127, inverse = scale == 0 ? 0 : 1 / scale;
        putHalf(Float.floatToFloat16(scale), target, to);
        for (int i = 0; i < 32; i++) {
            float q = source[from + i] * inverse;
            target[to + 2 + i] = (byte) (q + Math.copySign(0.5f, q));
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
