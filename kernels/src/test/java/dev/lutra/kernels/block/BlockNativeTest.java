package dev.lutra.kernels.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8QuantizerScalar;
import dev.lutra.kernels.ffi.InstructionSet;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The types with native kernels under every instruction set of this machine. */
@ParameterizedClass(name = "{0} {1}")
@MethodSource("combinations")
class BlockNativeTest {
    private final Arena arena = Arena.ofShared();
    private final GgmlType type;

    @RegisterExtension
    final InstructionSet isa;

    BlockNativeTest(InstructionSet isa, GgmlType type) {
        this.isa = isa;
        this.type = type;
    }

    static Stream<Arguments> combinations() {
        List<GgmlType> types =
                Stream.of(GgmlType.values()).filter(BlockNative::handles).toList();
        return InstructionSet.all().stream().flatMap(isa -> types.stream().map(type -> Arguments.of(isa, type)));
    }

    @AfterEach
    void free() {
        arena.close();
    }

    /** Int8 activations are off by at most half a step of max|x| / 127 in every block. */
    @ParameterizedTest
    @CsvSource({"1, 32, 1", "16, 64, 2", "31, 256, 1", "64, 896, 3", "65, 1056, 7", "130, 256, 33", "80, 896, 1"})
    void agreesWithTheSpecificationButForTheRoundingOfActivations(int rows, int columns, int tokens) {
        Random random = new Random(rows + columns);
        columns = Math.ceilDiv(columns, type.blockLength()) * type.blockLength();
        MemorySegment weights = weights(rows, columns, random);
        Activations x = activations(tokens, columns, random);
        FloatMatrix expected = FloatMatrix.allocate(arena, tokens, rows), actual = expected(tokens, rows);
        try (Team team = Team.of(2)) {
            new BlockScalar(codec(), weights, rows, columns).multiply(x, expected, team);
            new BlockNative(type, weights, rows, columns).multiply(x, actual, team);
        }
        float[] row = new float[columns];
        for (int r = 0; r < rows; r++) {
            codec().decode(weights, r * type.byteSize(columns, 1).orElseThrow(), row, 0, columns);
            for (int t = 0; t < tokens; t++)
                assertEquals(
                        expected.get(t, r), actual.get(t, r), bound(row, x.values(), t), "token " + t + " row " + r);
        }
    }

    private static float bound(float[] row, FloatMatrix x, int token) {
        double bound = 0;
        for (int block = 0; block < row.length; block += 32) {
            double most = 0, weights = 0;
            for (int k = block; k < block + 32; k++) {
                most = Math.max(most, Math.abs(x.get(token, k)));
                weights += Math.abs(row[k]);
            }
            bound += weights * most / 127 * 0.501;
        }
        return (float) bound + 1e-6f;
    }

    @Test
    void aTokensResultDoesNotDependOnTheBatchOrTheTeam() {
        Random random = new Random(9);
        int rows = 150, columns = 768, tokens = 40;
        MemorySegment weights = weights(rows, columns, random);
        Activations x = activations(tokens, columns, random), single = activations(1, columns, random);
        FloatMatrix together = expected(tokens, rows), alone = expected(1, rows);
        BlockNative linear = new BlockNative(type, weights, rows, columns);
        try (Team team = Team.of(3);
                Team one = Team.of(1)) {
            linear.multiply(x, together, team);
            for (int t = 0; t < tokens; t += 13) {
                MemorySegment row = x.values().segment().asSlice(x.values().offset(t), columns * 4L);
                single.reset(1).segment().copyFrom(row);
                linear.multiply(single, alone, one);
                for (int r = 0; r < rows; r++) assertEquals(alone.get(0, r), together.get(t, r));
            }
        }
    }

    @Test
    void refusesWeightsThatAreTooShort() {
        MemorySegment weights = weights(2, 256, new Random(1));
        assertThrows(IllegalArgumentException.class, () -> new BlockNative(type, weights, 3, 256));
    }

    private RowCodec codec() {
        return RowCodecs.of(type);
    }

    private FloatMatrix expected(int tokens, int rows) {
        return FloatMatrix.allocate(arena, tokens, rows);
    }

    /** At an odd address, as a mapped file may hold them. */
    private MemorySegment weights(int rows, int columns, Random random) {
        long rowBytes = type.byteSize(columns, 1).orElseThrow();
        MemorySegment data = arena.allocate(rows * rowBytes + 1).asSlice(1);
        float[] row = new float[columns];
        for (int r = 0; r < rows; r++) {
            for (int k = 0; k < columns; k++) row[k] = (float) random.nextGaussian();
            codec().encode(row, 0, columns, null, data, r * rowBytes);
        }
        return data;
    }

    private Activations activations(int tokens, int columns, Random random) {
        Activations x = new Activations(arena, tokens, columns, new Int8QuantizerScalar());
        FloatMatrix values = x.reset(tokens);
        for (int t = 0; t < tokens; t++)
            for (int k = 0; k < columns; k++) values.set(t, k, (float) random.nextGaussian());
        return x;
    }
}
