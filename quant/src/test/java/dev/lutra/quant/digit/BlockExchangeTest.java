package dev.lutra.quant.digit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockExchangeTest {
    @ParameterizedTest
    @CsvSource({
        "1, 96, 512, 0.02",
        "2, 96, 512, 0.02",
        "3, 96, 896, 0.02",
        "2, 32, 64, 1e-6",
        "3, 64, 160, 1e-7",
        "2, 96, 96, 0",
        "2, 96, 320, 3"
    })
    void blocksHoldEveryWeightAndComeBackTheSame(int digits, int group, int columns, float scale) {
        Random random = new Random(columns);
        BlockExchange exchange = new BlockExchange(digits);
        RowCodec blocks = RowCodecs.of(exchange.type());
        try (Arena arena = Arena.ofConfined()) {
            DigitMatrix matrix = DigitMatrix.allocate(4, columns, digits, group, arena);
            DigitMatrix back = DigitMatrix.allocate(4, columns, digits, group, arena);
            long rowBytes = exchange.type().byteSize(columns, 1).orElseThrow();
            MemorySegment tensor = arena.allocate(4 * rowBytes);
            for (int row = 0; row < 4; row++) {
                float[] weights = new float[columns];
                for (int i = 0; i < columns; i++) weights[i] = scale * (float) random.nextGaussian();
                new RoundedDigits(new DigitType(digits, group)).roundRow(weights, 0, null, matrix, row);
                exchange.export(matrix, row, tensor, row * rowBytes);
                float[] ours = new float[columns], theirs = new float[columns];
                matrix.dequantizeRow(row, ours, 0);
                blocks.decode(tensor, row * rowBytes, theirs, 0, columns);
                assertArrayEquals(ours, theirs);
                assertEquals(Optional.empty(), exchange.tryImport(tensor, row * rowBytes, back, row));
                back.dequantizeRow(row, theirs, 0);
                assertArrayEquals(ours, theirs);
            }
        }
    }

    @Test
    void scalesWithManyCommonFactorsComeBack() {
        try (Arena arena = Arena.ofConfined()) {
            DigitMatrix matrix = DigitMatrix.allocate(1, 96, 2, 32, arena);
            DigitMatrix back = DigitMatrix.allocate(1, 96, 2, 32, arena);
            matrix.rowScales()[0] = 61 * 0x1p-16f;
            for (int g = 0; g < 3; g++) {
                matrix.groupScales().set(ValueLayout.JAVA_BYTE, g, (byte) (15 * (1 + g % 2)));
                matrix.setLevel(0, 32 * g + 5, -4);
            }
            MemorySegment row = arena.allocate(54);
            new BlockExchange(2).export(matrix, 0, row, 0);
            assertEquals(Optional.empty(), new BlockExchange(2).tryImport(row, 0, back, 0));
            for (int c = 0; c < 96; c++)
                assertEquals(
                        matrix.rowScales()[0] * matrix.groupScale(0, c / 32) * matrix.level(0, c),
                        back.rowScales()[0] * back.groupScale(0, c / 32) * back.level(0, c));
        }
    }

    @Test
    void stockBlocksThatLieOffTheGridAreLeftAlone() {
        RowCodec blocks = RowCodecs.of(GgmlType.Q4_0);
        Random random = new Random(2);
        float[] weights = new float[96];
        for (int i = 0; i < 96; i++) weights[i] = (float) random.nextGaussian();
        try (Arena arena = Arena.ofConfined()) {
            DigitMatrix matrix = DigitMatrix.allocate(1, 96, 2, 32, arena);
            MemorySegment row = arena.allocate(54);
            blocks.encode(weights, 0, 96, null, row, 0);
            String reason = new BlockExchange(2).tryImport(row, 0, matrix, 0).orElseThrow();
            assertTrue(reason.matches("level -[5-8] in column \\d+ is beyond 4"), reason);
        }
    }

    @Test
    void whatCannotBeExactIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new BlockExchange(4));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(100);
            DigitMatrix odd = DigitMatrix.allocate(1, 33, 2, 96, arena);
            assertThrows(IllegalArgumentException.class, () -> new BlockExchange(2).export(odd, 0, out, 0));
            DigitMatrix fine = DigitMatrix.allocate(1, 64, 2, 96, arena);
            fine.rowScales()[0] = 1.0009f;
            assertThrows(IllegalArgumentException.class, () -> new BlockExchange(2).export(fine, 0, out, 0));
        }
    }
}
