package dev.lutra.gguf.file;

/** Constants of the GGUF container. Source: ggml's docs/gguf.md and gguf.cpp. */
public final class GgufFormat {
    /** "GGUF" as a little-endian uint32. */
    public static final int MAGIC = 0x46554747;

    /** The version that is written. */
    public static final int VERSION = 3;

    /** Alignment of tensor data where {@link #ALIGNMENT_KEY} does not say otherwise. */
    public static final int DEFAULT_ALIGNMENT = 32;

    public static final String ALIGNMENT_KEY = "general.alignment";
    public static final String ARCHITECTURE_KEY = "general.architecture";
    public static final String SPLIT_NO_KEY = "split.no";
    public static final String SPLIT_COUNT_KEY = "split.count";
    public static final String SPLIT_TENSORS_KEY = "split.tensors.count";

    /** Keys that begin so are ours. */
    public static final String OWN_KEY_PREFIX = "lutra.";

    /** Says whose numbering the file's type ids follow: {@code ggml}, {@code bitnet} or {@code ik}. */
    public static final String DIALECT_KEY = OWN_KEY_PREFIX + "type_dialect";

    /** Largest number of dimensions, GGML_MAX_DIMS. */
    public static final int MAX_DIMENSIONS = 4;

    /** Longest tensor name in bytes that the specification allows. llama.cpp loads one byte less (GGML_MAX_NAME). */
    public static final int LONGEST_NAME = 64;

    private GgufFormat() {}

    /** {@code value} rounded up to a multiple of {@code alignment}. */
    public static long align(long value, long alignment) {
        return Math.multiplyExact(Math.addExact(value, alignment - 1) / alignment, alignment);
    }
}
