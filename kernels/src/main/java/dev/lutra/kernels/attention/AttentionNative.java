package dev.lutra.kernels.attention;

import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.ffi.generated.lutra_cache;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * {@link Attention} in C: blocks of queries against blocks of positions, keys and values of a block decoded once for all query
 * heads and tokens of a work item, with an online softmax. The borders of position blocks are fixed, so the result for a token
 * is the same in every batch. One call at a time.
 */
public final class AttentionNative implements Attention {
    /** Query vectors of a work item: 12 tokens of a group of seven, 14 of six; more crowd the second-level cache. */
    private static final int QUERIES = 84;

    private final MemorySegment struct;
    private MemorySegment scratch = MemorySegment.NULL;

    public AttentionNative() {
        NativeLibrary.get().require();
        struct = lutra_cache.allocate(Arena.ofAuto());
    }

    @Override
    public void attend(FloatMatrix q, int firstPosition, KvCache cache, float scale, FloatMatrix out, Team team) {
        Attention.checkShapes(q, firstPosition, cache, out);
        describe(cache);
        int length = cache.headLength(), group = q.columns() / length / cache.heads();
        int tokens = Math.clamp(QUERIES / group, 1, q.rows()), batches = Math.ceilDiv(q.rows(), tokens);
        // with fewer items than workers the heads of a group are shared out too
        int parts = Math.min(group, Math.max(1, team.size() / (batches * cache.heads())));
        int headsPerPart = Math.ceilDiv(group, parts);
        long each = Lutra.lutra_attention_scratch_bytes(length, tokens * headsPerPart);
        each = Math.ceilDiv(each, FloatMatrix.ALIGNMENT) * FloatMatrix.ALIGNMENT;
        long stride = each;
        MemorySegment memory = scratch(each * team.size());
        AtomicInteger next = new AtomicInteger();
        int items = batches * cache.heads() * parts;
        team.run((worker, workers) -> {
            MemorySegment own = memory.asSlice(worker * stride, stride);
            for (int item; (item = next.getAndIncrement()) < items; ) {
                // last tokens first: they see the most positions
                int token = (batches - 1 - item / (cache.heads() * parts)) * tokens;
                int kvHead = item / parts % cache.heads(), head = item % parts * headsPerPart;
                if (head >= group) continue;
                long column = (long) (kvHead * group + head) * length * Float.BYTES;
                Lutra.lutra_attention(
                        struct,
                        kvHead,
                        q.segment().asSlice(q.offset(token) + column),
                        q.stride(),
                        Math.min(tokens, q.rows() - token),
                        Math.min(headsPerPart, group - head),
                        firstPosition + token,
                        scale,
                        own,
                        out.segment().asSlice(out.offset(token) + column),
                        out.stride());
            }
        });
    }

    private void describe(KvCache cache) {
        lutra_cache.keys(struct, cache.keys());
        lutra_cache.values(struct, cache.values());
        lutra_cache.type(struct, cache.type().type().id());
        lutra_cache.head_length(struct, cache.headLength());
        lutra_cache.capacity(struct, cache.capacity());
    }

    private MemorySegment scratch(long bytes) {
        if (scratch.byteSize() < bytes) scratch = Arena.ofAuto().allocate(bytes, FloatMatrix.ALIGNMENT);
        return scratch;
    }
}
