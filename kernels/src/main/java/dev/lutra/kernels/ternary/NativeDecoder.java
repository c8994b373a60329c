package dev.lutra.kernels.ternary;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.quant.ternary.DigitCodec;
import dev.lutra.quant.ternary.DigitMatrix;
import dev.lutra.quant.ternary.Tl2Codec;
import dev.lutra.quant.tile.TileConfig;
import java.lang.foreign.MemorySegment;

/**
 * Reads TL2 and digit tensors in C: a model is loaded in the first tenths of a second of a process, when the codecs in Java have
 * not been compiled yet and take ten times as long. What is wrong with codes that it refuses, they tell.
 */
public final class NativeDecoder {
    private NativeDecoder() {}

    /**
     * Reads rows {@code from} to {@code to} of a TL2 tensor.
     *
     * @param trits receives {@code [to - from][columns]}
     * @return false when the native library is not there or a code is invalid: {@link Tl2Codec#decodeRows} then reads, or tells
     */
    public static boolean read(Tl2Codec codec, MemorySegment tensor, int from, int to, MemorySegment trits) {
        TileConfig tile = codec.tile();
        if (!NativeLibrary.get().isAvailable() || !tensor.isNative() || !trits.isNative()) return false;
        if (tensor.byteSize() < codec.codeBytes()
                || from < 0
                || from > to
                || to > tile.m()
                || from % tile.bm() != 0
                || to % tile.bm() != 0
                || trits.byteSize() < (long) (to - from) * tile.k()) return false;
        return Lutra.lutra_tl2_decode(tensor, tile.m(), tile.k(), tile.bm(), tile.bk(), from, to, trits) != 0;
    }

    /**
     * Reads the digits of rows {@code from} to {@code to} of a digit tensor; scales are the codec's.
     *
     * @param target has {@code to - from} rows
     * @return false as for TL2
     */
    public static boolean read(
            DigitCodec codec, DigitType type, int rows, MemorySegment tensor, int from, int to, DigitMatrix target) {
        int count = to - from, columns = target.columns();
        if (!NativeLibrary.get().isAvailable()
                || !tensor.isNative()
                || !target.planes().isNative()) return false;
        if (tensor.byteSize() != codec.byteSize()
                || from < 0
                || count < 1
                || to > rows
                || target.rows() != count
                || target.digits() != type.digits()) return false;
        long rowBytes = DigitType.planeRowBytes(columns);
        for (int digit = 0; digit < type.digits(); digit++) {
            MemorySegment plane = tensor.asSlice(codec.planeOffset(digit, from), count * rowBytes);
            if (Lutra.lutra_plane_decode(plane, rowBytes, columns, count, target.plane(digit)) == 0) return false;
        }
        return true;
    }
}
