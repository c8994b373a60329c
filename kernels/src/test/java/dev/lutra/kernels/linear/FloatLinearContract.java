package dev.lutra.kernels.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.RandomFloats;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8QuantizerScalar;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What matrices with float activations must do. Expected values are sums in double over weights that the format's codec
 * decoded.
 */
public abstract class FloatLinearContract {
    private static final int[] ROWS = {1, 2, 31, 67};

    private final Arena arena = Arena.ofShared();

    /** The implementation under test over encoded {@code data}. */
    protected abstract Linear prepare(RowCodec codec, MemorySegment data, int rows, int columns);

    /** The formats to be tested. */
    protected abstract GgmlType[] types();

    @AfterEach
    void free() {
        arena.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 32, 96, 100, 512, 896})
    void productsAreWithinRoundingOfExactSums(int columns) {
        for (GgmlType type : types()) {
            if (columns % type.blockLength() != 0) continue;
            for (int rows : ROWS) for (int tokens : new int[] {1, 2, 3, 7, 33}) check(type, rows, columns, tokens);
        }
    }

    private void check(GgmlType type, int rows, int columns, int tokens) {
        Random random = new Random(rows + 31L * columns + 7L * tokens);
        RowCodec codec = RowCodecs.of(type);
        MemorySegment data = encode(codec, rows, columns, random);
        Activations x = activations(tokens, columns, random);
        FloatMatrix y = FloatMatrix.allocate(arena, tokens, rows);
        try (Team team = Team.of(2)) {
            prepare(codec, data, rows, columns).multiply(x, y, team);
        }
        float[] row = new float[columns];
        for (int r = 0; r < rows; r++) {
            codec.decode(data, r * (data.byteSize() / rows), row, 0, columns);
            for (int t = 0; t < tokens; t++) {
                double sum = 0, magnitude = 0;
                for (int k = 0; k < columns; k++) {
                    double product = (double) row[k] * x.values().get(t, k);
                    sum += product;
                    magnitude += Math.abs(product);
                }
                double tolerance = 1e-6 * Math.sqrt(columns) * magnitude + 1e-30;
                assertEquals(sum, y.get(t, r), tolerance, type + " " + rows + " x " + columns + ", token " + t);
            }
        }
    }

    @Test
    void aTokensResultDependsNeitherOnItsNeighboursNorOnTheTeam() {
        Random random = new Random(3);
        for (GgmlType type : types()) {
            int rows = 70, columns = type.blockLength() == 1 ? 100 : 512, tokens = 9;
            RowCodec codec = RowCodecs.of(type);
            Linear linear = prepare(codec, encode(codec, rows, columns, random), rows, columns);
            Activations together = activations(tokens, columns, random);
            FloatMatrix expected = FloatMatrix.allocate(arena, tokens, rows);
            try (Team team = Team.of(1)) {
                linear.multiply(together, expected, team);
            }
            try (Team team = Team.of(3)) {
                FloatMatrix again = FloatMatrix.allocate(arena, tokens, rows);
                linear.multiply(together, again, team);
                Activations alone = new Activations(arena, 1, columns, new Int8QuantizerScalar());
                FloatMatrix single = FloatMatrix.allocate(arena, 1, rows);
                for (int t = 0; t < tokens; t++) {
                    float[] row = new float[columns];
                    together.values().copyRow(t, row, 0);
                    alone.reset(1).setRow(0, row, 0);
                    linear.multiply(alone, single, team);
                    for (int r = 0; r < rows; r++) {
                        assertEquals(expected.get(t, r), again.get(t, r), type + " by three");
                        assertEquals(expected.get(t, r), single.get(0, r), type + " alone, token " + t + " row " + r);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = GgmlType.class,
            names = {"F16", "BF16", "F32"})
    void everyHalfAndSpecialValueIsReadExactly(GgmlType type) {
        if (!Arrays.asList(types()).contains(type)) return;
        float[] values = {
            0f,
            -0f,
            1f,
            -1f,
            65504f,
            6.1035156e-5f,
            5.9604645e-8f,
            -5.9604645e-8f,
            3.0517578e-5f,
            1.5f,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            Float.NaN,
            0.333251953125f,
            2f,
            4f
        };
        RowCodec codec = RowCodecs.of(type);
        int columns = values.length, bytes = type.blockBytes();
        for (int k = 0; k < columns; k++) {
            float[] row = new float[columns];
            row[k] = values[k];
            MemorySegment data = arena.allocate((long) columns * bytes, 64);
            codec.encode(row, 0, columns, null, data, 0);
            codec.decode(data, 0, row, 0, columns);
            for (int tokens : new int[] {1, 3}) {
                Activations x = new Activations(arena, tokens, columns, new Int8QuantizerScalar());
                FloatMatrix input = x.reset(tokens);
                for (int t = 0; t < tokens; t++) input.set(t, k, 1f);
                FloatMatrix y = FloatMatrix.allocate(arena, tokens, 1);
                try (Team team = Team.of(1)) {
                    prepare(codec, data, 1, columns).multiply(x, y, team);
                }
                assertEquals(row[k] + 0f, y.get(0, 0) + 0f, type + " " + values[k]);
            }
        }
    }

    @Test
    void missingBytesAndWrongShapesAreRefused() {
        for (GgmlType type : types()) {
            RowCodec codec = RowCodecs.of(type);
            int columns = 256;
            MemorySegment data = arena.allocate(type.byteSize(columns, 4).orElseThrow());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> prepare(codec, data.asSlice(0, data.byteSize() - 1), 4, columns));
            Linear linear = prepare(codec, data, 4, columns);
            try (Team team = Team.of(1)) {
                Activations narrow = activations(1, columns - 1, new Random(1));
                assertThrows(
                        IllegalArgumentException.class,
                        () -> linear.multiply(narrow, FloatMatrix.allocate(arena, 1, 4), team));
            }
        }
    }

    private MemorySegment encode(RowCodec codec, int rows, int columns, Random random) {
        long rowBytes = codec.type().byteSize(columns, 1).orElseThrow();
        MemorySegment data = arena.allocate(rows * rowBytes, 32);
        for (int r = 0; r < rows; r++)
            codec.encode(RandomFloats.gaussian(columns, random), 0, columns, null, data, r * rowBytes);
        return data;
    }

    private Activations activations(int tokens, int columns, Random random) {
        Activations x = new Activations(arena, tokens, columns, new Int8QuantizerScalar());
        RandomFloats.fill(x.reset(tokens), 1, random);
        return x;
    }
}
