package dev.lutra.kernels.ternary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lutra.gguf.type.RuntimeType;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8QuantizerScalar;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.InvalidCodeException;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the packer in C wrote is read back in Java, and multiplied where it lies. */
class RuntimeTensorTest {
    /** Rows and columns: within a tile, over a band, over a panel; blocks that end in the middle of a step. */
    private static final int[][] SHAPES = {{1, 5}, {64, 96}, {67, 97}, {193, 251}, {300, 260}, {2113, 132}};

    private final Random random = new Random(3);

    @BeforeEach
    void needsTheLibrary() {
        assumeTrue(NativeLibrary.get().isAvailable(), "no native library in this build");
    }

    private static RuntimeTensor tensor(DigitMatrix matrix, NativeLayout layout, Arena arena, Team team) {
        RuntimeType type = layout.tensorType(matrix.digits(), matrix.groupScales() == null ? 0 : matrix.group());
        long bytes = type.byteSize(matrix.columns(), matrix.rows()).orElseThrow();
        MemorySegment data = arena.allocate(bytes, 64);
        new TernaryNative(List.of(matrix), layout, arena, team).copyTo(data);
        return new RuntimeTensor(type, matrix.rows(), matrix.columns(), data);
    }

    @ParameterizedTest
    @EnumSource(NativeLayout.class)
    void digitsAndScalesComeBack(NativeLayout layout) {
        try (Team team = Team.of(2)) {
            for (int[] shape : SHAPES)
                for (int digits = 1; digits <= 3; digits++)
                    try (Arena arena = Arena.ofShared()) {
                        DigitMatrix matrix = RandomDigits.uniform(shape[0], shape[1], digits, 96, random, arena);
                        RuntimeTensor tensor = tensor(matrix, layout, arena, team);
                        DigitMatrix back = tensor.toMatrix(arena);
                        String what = layout + ", " + digits + " digits, " + shape[0] + " x " + shape[1];
                        assertEquals(-1, matrix.planes().mismatch(back.planes()), what);
                        assertArrayEquals(matrix.rowScales(), back.rowScales(), what);
                        MemorySegment scales = matrix.groupScales(), read = back.groupScales();
                        if (scales != null && read != null) assertEquals(-1, scales.mismatch(read), what);
                    }
        }
    }

    @ParameterizedTest
    @EnumSource(NativeLayout.class)
    void mappedTensorsGiveTheSameProducts(NativeLayout layout) {
        try (Team team = Team.of(2);
                Arena arena = Arena.ofShared()) {
            for (int digits = 1; digits <= 3; digits++) {
                DigitMatrix matrix = RandomDigits.uniform(193, 251, digits, 96, random, arena);
                TernaryNative own = new TernaryNative(List.of(matrix), layout, arena, team);
                RuntimeTensor tensor = tensor(matrix, layout, arena, team);
                TernaryNative mapped = TernaryNative.mapped(tensor, SpecialKernels.NONE, arena);
                assertEquals(0, mapped.residentBytes());
                assertEquals(own.weightBytes(), mapped.weightBytes());
                for (int tokens : new int[] {1, 7}) {
                    Activations x = new Activations(arena, tokens, 251, new Int8QuantizerScalar());
                    FloatMatrix values = x.reset(tokens);
                    for (int t = 0; t < tokens; t++)
                        for (int k = 0; k < 251; k++) values.set(t, k, (float) random.nextGaussian());
                    FloatMatrix expected = FloatMatrix.allocate(arena, tokens, 193);
                    FloatMatrix actual = FloatMatrix.allocate(arena, tokens, 193);
                    own.multiply(x, expected, team);
                    mapped.multiply(x, actual, team);
                    assertEquals(-1, expected.segment().mismatch(actual.segment()));
                }
            }
        }
    }

    @Test
    void damageIsNoticedWhenDigitsAreRead() {
        try (Team team = Team.of(1);
                Arena arena = Arena.ofShared()) {
            for (NativeLayout layout : NativeLayout.values()) {
                DigitMatrix matrix = RandomDigits.uniform(64, 100, 2, 96, random, arena);
                RuntimeTensor tensor = tensor(matrix, layout, arena, team);
                long at = tensor.type().headerBytes();
                tensor.data().asSlice(at, 64).fill((byte) 0xFF);
                assertThrows(InvalidCodeException.class, () -> tensor.toMatrix(arena), layout.label());
                RuntimeTensor scales = tensor(matrix, layout, arena, team);
                scales.data().set(ValueLayout.JAVA_BYTE, scales.type().digitBytes(100, 64), (byte) 99);
                assertThrows(InvalidCodeException.class, () -> scales.toMatrix(arena), layout.label());
                scales.data().asSlice(scales.data().byteSize() - 4).fill((byte) 0xFF);
                assertThrows(InvalidCodeException.class, () -> scales.rowScale(63), layout.label());
            }
        }
    }

    @Test
    void sizesAndAddressesAreChecked() {
        try (Arena arena = Arena.ofShared()) {
            RuntimeType type = NativeLayout.CODES.tensorType(1, 0);
            long bytes = type.byteSize(96, 64).orElseThrow();
            MemorySegment data = arena.allocate(bytes + 64, 64);
            assertThrows(IllegalArgumentException.class, () -> new RuntimeTensor(type, 64, 96, data));
            RuntimeTensor shifted = new RuntimeTensor(type, 64, 96, data.asSlice(32, bytes));
            assertThrows(
                    IllegalArgumentException.class, () -> TernaryNative.mapped(shifted, SpecialKernels.NONE, arena));
        }
    }
}
