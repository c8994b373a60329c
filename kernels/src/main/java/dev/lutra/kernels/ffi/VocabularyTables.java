package dev.lutra.kernels.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * The tables of a tokenizer's vocabulary, filled in C: a few milliseconds for 150 thousand tokens, where loops that no compiler
 * has seen yet take a hundred. The tables are Java's arrays, which native code has for the length of a call.
 */
public final class VocabularyTables {
    private VocabularyTables() {}

    /** Whether they can be filled here. */
    public static boolean isAvailable() {
        return NativeLibrary.get().isAvailable();
    }

    /**
     * Finds where strings begin.
     *
     * @param strings of GGUF, uint64 length and bytes one after another
     * @param starts one more than there are strings
     */
    public static void starts(byte[] strings, int[] starts) {
        try {
            Starts.HANDLE.invokeExact(of(strings), starts.length - 1, of(starts));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * Indexes tokens by their spelling.
     *
     * @param slots a power of two, more than there are tokens
     * @return false when two tokens are spelled the same
     */
    public static boolean tokens(byte[] strings, int[] starts, int seed, long[] slots) {
        requireRoom(slots, starts);
        try {
            int done = (int) Tokens.HANDLE.invokeExact(
                    of(strings), of(starts), starts.length - 1, seed, of(slots), slots.length);
            return done != 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * Indexes merges by the tokens that they merge.
     *
     * @param slots as {@link #tokens} filled them with the same seed
     * @param keys a power of two, more than there are merges
     * @param values as many
     * @return false when a merge is malformed, unknown to the vocabulary, or repeated
     */
    public static boolean merges(
            byte[] strings,
            int[] starts,
            int seed,
            long[] slots,
            byte[] merges,
            int[] mergeStarts,
            long[] keys,
            long[] values) {
        requireRoom(slots, starts);
        requireRoom(keys, mergeStarts);
        if (values.length != keys.length) throw new IllegalArgumentException("keys and values are pairs");
        try {
            int done = (int) Merges.HANDLE.invokeExact(
                    of(strings),
                    of(starts),
                    starts.length - 1,
                    seed,
                    of(slots),
                    slots.length,
                    of(merges),
                    of(mergeStarts),
                    mergeStarts.length - 1,
                    of(keys),
                    of(values),
                    keys.length);
            return done != 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Links the calls, which takes longer than they do: to be called early by a program that will read a vocabulary. */
    public static void prepare() {
        byte[] strings = new byte[Long.BYTES];
        int[] starts = new int[1];
        long[] slots = new long[1], keys = new long[1];
        starts(strings, starts);
        tokens(strings, starts, 0, slots);
        merges(strings, starts, 0, slots, strings, starts, keys, new long[1]);
    }

    private static void requireRoom(long[] table, int[] starts) {
        if (Integer.bitCount(table.length) != 1 || table.length < starts.length)
            throw new IllegalArgumentException("a table of " + table.length + " for " + (starts.length - 1));
    }

    private static MemorySegment of(byte[] array) {
        return MemorySegment.ofArray(array);
    }

    private static MemorySegment of(int[] array) {
        return MemorySegment.ofArray(array);
    }

    private static MemorySegment of(long[] array) {
        return MemorySegment.ofArray(array);
    }

    private static AssertionError unexpected(Throwable e) {
        return new AssertionError("native code throws nothing", e);
    }

    /** Other than jextract's, these may be given arrays. */
    @SuppressWarnings("restricted") // functions of this library, called as its header declares them
    private static MethodHandle link(String name, FunctionDescriptor descriptor) {
        return Linker.nativeLinker()
                .downcallHandle(
                        SymbolLookup.loaderLookup().findOrThrow(name), descriptor, Linker.Option.critical(true));
    }

    // each in a class of its own, so that it is linked when it is first called

    private static final class Starts {
        static final MethodHandle HANDLE =
                link("lutra_string_starts", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, ADDRESS));
    }

    private static final class Tokens {
        static final MethodHandle HANDLE = link(
                "lutra_index_tokens",
                FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    }

    private static final class Merges {
        static final MethodHandle HANDLE = link(
                "lutra_index_merges",
                FunctionDescriptor.of(
                        JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT,
                        ADDRESS, ADDRESS, JAVA_INT));
    }
}
