package dev.lutra.engine.tokenizer;

import dev.lutra.gguf.metadata.ArrayValue;
import dev.lutra.gguf.metadata.ValueType;
import dev.lutra.kernels.ffi.VocabularyTables;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;

/**
 * The spellings of a vocabulary, or its merges, as UTF-8 in one array. A model is opened in the first tenths of a second of a
 * process, where an object for each of 150 thousand tokens would take longer than the weights; a string is made when it is
 * asked for. Immutable.
 */
final class TokenList extends AbstractList<String> implements RandomAccess {
    /** Before each string its length, as GGUF stores arrays of strings. */
    private static final int LENGTH_BYTES = 8;

    /** The low half of a length: all strings together are shorter than an array. */
    private static final VarHandle LENGTH = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] bytes;
    /** Where each string begins, and where one after the last would. */
    private final int[] starts;

    /**
     * Takes over the strings of a GGUF array, which may be dropped afterwards.
     *
     * @throws IllegalArgumentException when they are more than an array holds
     */
    TokenList(ArrayValue strings) {
        if (strings.elementType() != ValueType.STRING) {
            throw new IllegalArgumentException(strings + " holds no strings");
        }
        if (strings.payload().byteSize() > Integer.MAX_VALUE - 2 * LENGTH_BYTES) {
            throw new IllegalArgumentException(
                    strings + " of " + strings.payload().byteSize() + " bytes is no vocabulary");
        }
        bytes = strings.payload().toArray(ValueLayout.JAVA_BYTE);
        starts = new int[Math.toIntExact(strings.size() + 1)];
        if (VocabularyTables.isAvailable()) {
            VocabularyTables.starts(bytes, starts);
            return;
        }
        int at = LENGTH_BYTES;
        for (int i = 0; i < starts.length - 1; i++) {
            starts[i] = at;
            at += LENGTH_BYTES + (int) LENGTH.get(bytes, at - LENGTH_BYTES);
        }
        starts[starts.length - 1] = at;
    }

    /** The strings of {@code list}; the list itself if it is one of this kind. */
    static TokenList copyOf(List<String> list) {
        return list instanceof TokenList same ? same : new TokenList(ArrayValue.ofStrings(list));
    }

    /** All strings, at {@link #from} to {@link #to} of each; not to be written to. */
    byte[] bytes() {
        return bytes;
    }

    /** Where each string begins, and where one after the last would; not to be written to. */
    int[] starts() {
        return starts;
    }

    int from(int index) {
        return starts[index];
    }

    int to(int index) {
        return starts[index + 1] - LENGTH_BYTES;
    }

    @Override
    public String get(int index) {
        Objects.checkIndex(index, size());
        return new String(bytes, from(index), to(index) - from(index), StandardCharsets.UTF_8);
    }

    @Override
    public int size() {
        return starts.length - 1;
    }

    @Override
    public boolean equals(Object other) {
        if (other instanceof TokenList list) {
            return Arrays.equals(bytes, list.bytes);
        }
        return super.equals(other);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
