package dev.lutra.quant.calibrate;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.algebra.Matrix;
import dev.lutra.quant.codec.RowCodecs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

/**
 * Error feedback and coordinate descent for ggml's simplest blocks, Q4_0 and Q8_0: a float16 scale and 32 levels. The scales
 * are those that the format's own quantizer finds with the inputs' power as importance.
 */
public final class BlockCalibrator {
    private static final int BLOCK = 32;
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final GgmlType type;
    private final int passes;

    /** @param passes of coordinate descent */
    public BlockCalibrator(GgmlType type, int passes) {
        if (!handles(type))
            throw new IllegalArgumentException("error feedback is for Q4_0 and Q8_0, not " + type.label());
        if (passes < 0) throw new IllegalArgumentException("passes must not be negative: " + passes);
        this.type = type;
        this.passes = passes;
    }

    /** Whether {@code type} is one of the two. */
    public static boolean handles(GgmlType type) {
        return type == GgmlType.Q4_0 || type == GgmlType.Q8_0;
    }

    /** The scales of all blocks, which may be negative, as Q4_0's are; a block of zeros gets a scale that leaves it so. */
    private record BlockSteps(GgmlType type, int columns, float[] scales) implements Steps {
        @Override
        public float step(int row, int column) {
            return scales[row * (columns / BLOCK) + column / BLOCK];
        }

        @Override
        public int low() {
            return type == GgmlType.Q4_0 ? -8 : -127;
        }

        @Override
        public int high() {
            return type == GgmlType.Q4_0 ? 7 : 127;
        }
    }

    /**
     * @param weights [rows][columns], columns a multiple of 32
     * @param out receives the tensor's bytes
     */
    public void quantize(Matrix weights, Metric metric, MemorySegment out) {
        int rows = weights.rows(), columns = weights.columns(), blocks = columns / BLOCK;
        long blockBytes = type.byteSize(BLOCK, 1).orElseThrow();
        RowCodec codec = RowCodecs.of(type);
        float[] scales = new float[Math.multiplyExact(rows, blocks)], importance = metric.powers();
        IntStream.range(0, rows).parallel().forEach(row -> {
            codec.encode(weights.row(row), 0, columns, importance, out, row * blocks * blockBytes);
            for (int block = 0; block < blocks; block++) {
                float scale = Float.float16ToFloat(out.get(HALF, ((long) row * blocks + block) * blockBytes));
                // The least step there is: levels of zero weights stay zero, and no division by zero happens.
                scales[row * blocks + block] = scale == 0 ? Float.MIN_NORMAL : scale;
            }
        });
        BlockSteps steps = new BlockSteps(type, columns, scales);
        byte[] levels;
        try (Arena arena = Arena.ofShared()) {
            Matrix targets = Matrix.allocate(arena, rows, columns), rest = Matrix.allocate(arena, rows, columns);
            metric.arrange(weights, targets);
            rest.copyFrom(targets);
            levels = new ErrorFeedback(metric).round(rest, steps);
            CoordinateDescent descent = new CoordinateDescent(metric);
            for (int pass = 0; pass < passes; pass++) descent.pass(targets, steps, levels);
        }
        IntStream.range(0, rows).parallel().forEach(row -> {
            byte[] ordered = new byte[columns];
            for (int i = 0; i < columns; i++) ordered[metric.column(i)] = levels[row * columns + i];
            for (int block = 0; block < blocks; block++)
                store(ordered, block * BLOCK, out, ((long) row * blocks + block) * blockBytes + Short.BYTES);
        });
    }

    /** Writes a block's levels: bytes in order, or nibbles of which the first half of the block has the low ones. */
    private void store(byte[] levels, int from, MemorySegment out, long at) {
        if (type == GgmlType.Q8_0) {
            MemorySegment.copy(levels, from, out, ValueLayout.JAVA_BYTE, at, BLOCK);
            return;
        }
        for (int i = 0; i < BLOCK / 2; i++) {
            int low = levels[from + i] + 8, high = levels[from + BLOCK / 2 + i] + 8;
            out.set(ValueLayout.JAVA_BYTE, at + i, (byte) (low | high << 4));
        }
    }
}
