package dev.lutra.engine.model;

import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.attention.KvCache;
import java.lang.foreign.Arena;

/** The text so far, as the model remembers it: keys and values of every layer. Belongs to one thread at a time. */
public final class Sequence implements AutoCloseable {
    private final Arena arena;
    private final KvCache[] caches;
    private final int capacity;
    private int length;

    /** Room for {@code capacity} tokens in {@code arena}, which is closed with the sequence. */
    Sequence(ModelConfig config, CacheType type, int capacity, Arena arena) {
        this.arena = arena;
        this.capacity = capacity;
        caches = new KvCache[config.layers()];
        for (int i = 0; i < caches.length; i++)
            caches[i] = new KvCache(arena, type, config.kvHeads(), config.headDim(), capacity);
    }

    /** Tokens that were forwarded. */
    public int length() {
        return length;
    }

    /** The most tokens that fit. */
    public int capacity() {
        return capacity;
    }

    /** Forgets all but the first {@code newLength} tokens. */
    public void truncate(int newLength) {
        if (newLength < 0 || newLength > length)
            throw new IllegalArgumentException("cannot cut " + length + " tokens to " + newLength);
        length = newLength;
    }

    /** Bytes of keys and values. */
    public long byteSize() {
        long bytes = 0;
        for (KvCache cache : caches) bytes += cache.byteSize();
        return bytes;
    }

    KvCache cache(int layer) {
        return caches[layer];
    }

    void advance(int tokens) {
        length += tokens;
    }

    /** Gives the memory back. */
    @Override
    public void close() {
        arena.close();
    }
}
