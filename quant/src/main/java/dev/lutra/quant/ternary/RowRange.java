package dev.lutra.quant.ternary;

import java.lang.foreign.MemorySegment;

/** Argument checks that the whole-tensor codecs share. */
final class RowRange {
    private RowRange() {}

    static void check(TernaryCodec codec, int from, int to, MemorySegment trits, MemorySegment tensor) {
        int step = codec.rowStep();
        if (from < 0 || to > codec.rows() || from > to || from % step != 0 || (to % step != 0 && to != codec.rows()))
            throw new IllegalArgumentException("rows " + from + " to " + to + " of " + codec.rows()
                    + " do not begin and end at multiples of " + step);
        if (trits.byteSize() != (long) (to - from) * codec.columns())
            throw new IllegalArgumentException(
                    trits.byteSize() + " trits for " + (to - from) + " rows of " + codec.columns());
        if (tensor.byteSize() != codec.byteSize())
            throw new IllegalArgumentException("a " + codec.type() + " tensor of " + codec.rows() + " x "
                    + codec.columns() + " has " + codec.byteSize() + " bytes, not " + tensor.byteSize());
    }
}
