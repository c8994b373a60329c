package dev.lutra.quant.calibrate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.algebra.Matrix;
import dev.lutra.quant.codec.RowCodecs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BlockCalibratorTest {
    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q8_0"})
    void calibratedBlocksGiveNearerOutputsThanTheFormatsOwnQuantizer(GgmlType type) {
        try (Arena arena = Arena.ofShared()) {
            Problem problem = Problem.of(arena, 21, 160, 400, 31);
            problem.weights().write(4, 32, 32, new float[32], 0);
            Metric metric = Metric.of(problem.moments(arena), .01);
            MemorySegment own = arena.allocate(type.byteSize(160, 21).orElseThrow());
            MemorySegment calibrated = arena.allocate(own.byteSize());
            RowCodec codec = RowCodecs.of(type);
            long rowBytes = type.byteSize(160, 1).orElseThrow();
            for (int row = 0; row < 21; row++)
                codec.encode(problem.weights().row(row), 0, 160, metric.powers(), own, row * rowBytes);
            new BlockCalibrator(type, 2).quantize(problem.weights(), metric, calibrated);
            double before = problem.outputError(decoded(codec, own, arena));
            double after = problem.outputError(decoded(codec, calibrated, arena));
            assertTrue(after < .8 * before, after + " against " + before);
        }
    }

    @Test
    void weightsOnTheGridComeBackExactly() {
        try (Arena arena = Arena.ofShared()) {
            Problem problem = Problem.of(arena, 3, 64, 200, 32);
            for (int row = 0; row < 3; row++)
                for (int c = 0; c < 64; c++) problem.weights().set(row, c, .25f * ((7 * c + row) % 16 - 8));
            Metric metric = Metric.of(problem.moments(arena), .01);
            MemorySegment out = arena.allocate(GgmlType.Q4_0.byteSize(64, 3).orElseThrow());
            new BlockCalibrator(GgmlType.Q4_0, 1).quantize(problem.weights(), metric, out);
            RowCodec codec = RowCodecs.of(GgmlType.Q4_0);
            float[] row = new float[64];
            for (int r = 0; r < 3; r++) {
                codec.decode(out, r * 36L, row, 0, 64);
                assertArrayEquals(problem.weights().row(r), row, 1e-6f);
            }
        }
    }

    @Test
    void otherTypesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new BlockCalibrator(GgmlType.Q4_K, 1));
    }

    private static Matrix decoded(RowCodec codec, MemorySegment bytes, Arena arena) {
        Matrix matrix = Matrix.allocate(arena, 21, 160);
        float[] row = new float[160];
        for (int r = 0; r < 21; r++) {
            codec.decode(bytes, r * bytes.byteSize() / 21, row, 0, 160);
            matrix.write(r, 0, 160, row, 0);
        }
        return matrix;
    }
}
