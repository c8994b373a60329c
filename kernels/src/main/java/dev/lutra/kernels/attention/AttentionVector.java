package dev.lutra.kernels.attention;

import dev.lutra.kernels.memory.AddressSpace;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * {@link Attention} with the Vector API. Positions are taken in blocks whose borders are fixed, with an online softmax over
 * them, so the result for a token is the same in every batch. Keys and values of a block are decoded once for all query heads
 * and tokens of a work item. One call at a time.
 */
public final class AttentionVector implements Attention {
    /** Query vectors of a work item. */
    private static final int QUERIES = 64;

    private MemorySegment scratch = MemorySegment.NULL;

    @Override
    public void attend(FloatMatrix q, int firstPosition, KvCache cache, float scale, FloatMatrix out, Team team) {
        Attention.checkShapes(q, firstPosition, cache, out);
        int group = q.columns() / cache.headLength() / cache.heads();
        int tokens = Math.clamp(QUERIES / group, 1, q.rows()), batches = Math.ceilDiv(q.rows(), tokens);
        // with fewer items than workers the heads of a group are shared out too
        int parts = Math.min(group, Math.max(1, team.size() / (batches * cache.heads())));
        int headsPerPart = Math.ceilDiv(group, parts);
        long each = AttentionBlock.scratchBytes(tokens * headsPerPart, cache.headLength());
        MemorySegment memory = scratch(each * team.size());
        AtomicInteger next = new AtomicInteger();
        int items = batches * cache.heads() * parts;
        team.run((worker, workers) -> {
            AttentionBlock block = new AttentionBlock(cache, scale, memory, worker * each, tokens * headsPerPart);
            for (int item; (item = next.getAndIncrement()) < items; ) {
                // last tokens first: they see the most positions
                int batch = batches - 1 - item / (cache.heads() * parts), kvHead = item / parts % cache.heads();
                int head = item % parts * headsPerPart, heads = Math.min(headsPerPart, group - head);
                int token = batch * tokens;
                if (heads > 0)
                    block.attend(
                            q,
                            token,
                            Math.min(tokens, q.rows() - token),
                            kvHead * group + head,
                            heads,
                            kvHead,
                            firstPosition,
                            out);
            }
        });
        AddressSpace.keep(cache, memory, out);
    }

    private MemorySegment scratch(long bytes) {
        if (scratch.byteSize() < bytes) scratch = Arena.ofAuto().allocate(bytes, FloatMatrix.ALIGNMENT);
        return scratch;
    }
}
