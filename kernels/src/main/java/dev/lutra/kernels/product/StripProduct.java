package dev.lutra.kernels.product;

import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.memory.AddressSpace;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.MemorySegment;

/**
 * Matrix products over a {@link RowFormat}. One or two tokens stream the weights through {@link RowFormat#multiplyToken}; for
 * more, a strip of rows that fits the second-level cache is decoded once and multiplied by all tokens.
 */
public final class StripProduct {
    /** Floats of a decoded strip: 256 KB. */
    private static final int STRIP_FLOATS = 1 << 16;

    /** Up to so many tokens decoding twice is cheaper than storing what was decoded. */
    private static final int STREAMED_TOKENS = 2;

    private StripProduct() {}

    /** Bytes of scratch memory that one thread needs for rows of {@code columns}. */
    public static long scratchBytes(int columns) {
        return ((long) stripRows(columns) * columns * Float.BYTES + 63) / 64 * 64 + FloatProduct.SCRATCH_BYTES;
    }

    /** Rows of a strip, a multiple of four. */
    public static int stripRows(int columns) {
        return Math.clamp(STRIP_FLOATS / columns, 8, 64) / 4 * 4;
    }

    /** {@code y = W x} for all tokens, rows shared out. */
    public static void multiply(RowFormat w, Activations x, FloatMatrix y, Team team) {
        FloatMatrix values = x.values();
        long each = scratchBytes(w.columns());
        MemorySegment scratch = x.scratch(each * team.size());
        team.run((worker, workers) -> {
            Share share = Share.of(w.rows(), 4, worker, workers);
            long at = worker * each;
            if (values.rows() <= STREAMED_TOKENS)
                for (int t = 0; t < values.rows(); t++)
                    w.multiplyToken(share.from(), share.to(), values, t, y, scratch, at);
            else strips(w, share, values, y, scratch, at);
        });
        AddressSpace.keep(w, x, y);
    }

    private static void strips(RowFormat w, Share share, FloatMatrix x, FloatMatrix y, MemorySegment scratch, long at) {
        int rows = stripRows(w.columns());
        long strip = at + FloatProduct.SCRATCH_BYTES;
        for (int from = share.from(); from < share.to(); from += rows) {
            int to = Math.min(from + rows, share.to());
            w.decode(from, to, scratch, strip);
            FloatProduct.multiply(scratch, strip, to - from, x, y, from, scratch, at);
        }
    }

    /** {@link RowFormat#multiplyToken} for formats without a kernel of their own: strip by strip. */
    public static void multiplyDecoded(
            RowFormat w, int from, int to, FloatMatrix x, int token, FloatMatrix y, MemorySegment scratch, long at) {
        strips(w, new Share(from, to), x.rows(token, 1), y.rows(token, 1), scratch, at);
    }
}
