package dev.lutra.gguf.write;

/**
 * When a model is spread over several files.
 *
 * @param maxBytes most bytes of tensor data in a shard, 0 for no limit; a larger tensor gets a shard of its own
 * @param maxTensors most tensors in a shard, 0 for no limit
 * @param metadataFirst whether the first shard holds metadata only (llama.cpp's {@code --no-tensor-first-split})
 */
public record SplitLimits(long maxBytes, int maxTensors, boolean metadataFirst) {
    /** One file, whatever its size. */
    public static final SplitLimits NONE = new SplitLimits(0, 0, false);

    public SplitLimits {
        if (maxBytes < 0 || maxTensors < 0) throw new IllegalArgumentException("split limits must not be negative");
    }

    public static SplitLimits ofBytes(long maxBytes) {
        return new SplitLimits(maxBytes, 0, false);
    }

    public static SplitLimits ofTensors(int maxTensors) {
        return new SplitLimits(0, maxTensors, false);
    }

    /** Whether a shard of {@code tensors} tensors and {@code bytes} bytes cannot take {@code more} bytes. */
    boolean isFull(int tensors, long bytes, long more) {
        if (tensors == 0) return false;
        return maxTensors > 0 && tensors >= maxTensors || maxBytes > 0 && more > maxBytes - bytes;
    }
}
