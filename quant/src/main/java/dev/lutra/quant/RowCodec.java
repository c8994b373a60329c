package dev.lutra.quant;

import dev.lutra.gguf.type.GgmlType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A format in which every row of a tensor is encoded on its own, block after block. Implementations are stateless and safe
 * for use by many threads.
 */
public interface RowCodec {
    /** The type whose bytes this codec reads and writes. */
    GgmlType type();

    /**
     * Encodes one row.
     *
     * @param row source of {@code columns} weights beginning at {@code from}
     * @param columns weights of the row, a multiple of the type's block length
     * @param importance mean squared activation of each column, {@code columns} values beginning at 0, or null: the
     *     importance matrix of llama.cpp. Formats that cannot use it ignore it.
     * @param out destination, bytes beginning at {@code at}; as many are written as {@code type().byteSize(columns, 1)} says
     */
    void encode(float[] row, int from, int columns, float @Nullable [] importance, MemorySegment out, long at);

    /** Decodes one row of {@code columns} weights from {@code in} at byte {@code at} into {@code row} from {@code to}. */
    void decode(MemorySegment in, long at, float[] row, int to, int columns);
}
