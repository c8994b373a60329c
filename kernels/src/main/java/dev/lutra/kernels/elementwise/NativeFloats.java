package dev.lutra.kernels.elementwise;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lutra.kernels.memory.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Native memory into which small arrays are copied for one call: some nanoseconds per kilobyte. */
final class NativeFloats {
    private MemorySegment memory = MemorySegment.NULL;

    /** {@code values[from .. from + count)}, valid until the next call. */
    MemorySegment copy(float[] values, int from, int count) {
        long bytes = (long) count * Float.BYTES;
        if (memory.byteSize() < bytes) memory = Arena.ofAuto().allocate(bytes, FloatMatrix.ALIGNMENT);
        MemorySegment.copy(values, from, memory, JAVA_FLOAT, 0, count);
        return memory;
    }
}
