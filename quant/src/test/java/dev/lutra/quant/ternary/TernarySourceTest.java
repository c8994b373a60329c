package dev.lutra.quant.ternary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.InvalidCodeException;
import dev.lutra.quant.RelativeError;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.tile.TileTable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TernarySourceTest {
    private static final int ROWS = 64;
    private static final int COLUMNS = 256;
    private static final float SCALE = 0.01171875f;

    private static byte[] trits(int count) {
        Random random = new Random(count);
        byte[] trits = new byte[count];
        for (int i = 0; i < count; i++) trits[i] = (byte) (random.nextInt(3) - 1);
        return trits;
    }

    private static float[] weights(byte[] trits) {
        float[] weights = new float[trits.length];
        for (int i = 0; i < trits.length; i++) weights[i] = trits[i] * SCALE;
        return weights;
    }

    private static MemorySegment encode(RowCodec codec, float[] weights) {
        long rowBytes = codec.type().byteSize(COLUMNS, 1).orElseThrow();
        MemorySegment tensor = MemorySegment.ofArray(new byte[(int) (ROWS * rowBytes)]);
        for (int row = 0; row < ROWS; row++)
            codec.encode(weights, row * COLUMNS, COLUMNS, null, tensor, row * rowBytes);
        return tensor;
    }

    /** Every format that holds trits, from each to TL2 and back. */
    @ParameterizedTest
    @EnumSource(
            value = GgmlType.class,
            names = {"F32", "F16", "BF16", "TQ1_0", "TQ2_0", "Q2_0", "IQ1_BN", "IQ2_BN", "I2_S", "TL1", "TL2"})
    void everyFormatConvertsThroughTritsWithoutLoss(GgmlType type) {
        byte[] trits = trits(ROWS * COLUMNS);
        TileTable tiles = new TileTable();
        TernarySource source;
        if (type.isWholeTensorTernary()) {
            TernaryCodec codec = TernaryCodecs.forWriting(type, ROWS, COLUMNS, tiles);
            MemorySegment tensor = MemorySegment.ofArray(new byte[(int) codec.byteSize()]);
            codec.encode(new TernaryMatrix(ROWS, COLUMNS, MemorySegment.ofArray(trits), SCALE), tensor);
            source = TernarySource.of(TernaryCodecs.forReading(type, ROWS, COLUMNS, tiles, I2sLayout.X86), tensor);
        } else {
            RowCodec codec = RowCodecs.of(type);
            source = TernarySource.of(codec, encode(codec, weights(trits)), ROWS, COLUMNS)
                    .orElseThrow();
        }
        assertEquals(OptionalDouble.of(SCALE), source.uniformScale());
        try (Arena arena = Arena.ofConfined()) {
            DigitMatrix matrix = source.toDigitMatrix(arena);
            assertArrayEquals(trits, matrix.planes().toArray(ValueLayout.JAVA_BYTE));
            assertEquals(SCALE, matrix.rowScales()[ROWS - 1]);
        }
        byte[] part = new byte[source.rowStep() * COLUMNS];
        source.readRows(0, source.rowStep(), MemorySegment.ofArray(part));
        assertEquals(
                -1,
                MemorySegment.ofArray(part)
                        .mismatch(MemorySegment.ofArray(trits).asSlice(0, part.length)));
    }

    @Test
    void weightsThatAreNotTernaryAreNoSource() {
        float[] weights = weights(trits(ROWS * COLUMNS));
        weights[5000] = 2 * SCALE;
        RowCodec codec = RowCodecs.of(GgmlType.F32);
        assertTrue(
                TernarySource.of(codec, encode(codec, weights), ROWS, COLUMNS).isEmpty());
    }

    @Test
    void rowsWithScalesOfTheirOwnAgreeOnNone() {
        float[] weights = weights(trits(ROWS * COLUMNS));
        for (int i = 0; i < COLUMNS; i++) weights[i] *= 2;
        RowCodec codec = RowCodecs.of(GgmlType.IQ2_BN);
        TernarySource source =
                TernarySource.of(codec, encode(codec, weights), ROWS, COLUMNS).orElseThrow();
        assertEquals(OptionalDouble.empty(), source.uniformScale());
        assertEquals(2 * SCALE, source.rowScale(0));
    }

    @Test
    void packedCheckpointsHoldRowsAQuarterApart() {
        // rows 0 and 2 of a packed 2 x 2 tensor are r and r + rows/4
        byte[] packed = {(byte) 0b10_01_00_10, 0b01_01_01_01, 0b00_00_10_01, (byte) 0b10_10_10_10};
        PackedBitnet source = new PackedBitnet(MemorySegment.ofArray(packed), 8, 2, 0.5f);
        byte[] trits = new byte[16];
        source.readRows(0, 8, MemorySegment.ofArray(trits));
        assertArrayEquals(new byte[] {1, 0, 0, 1, -1, 0, 1, 1, 0, 0, -1, 1, 1, 0, -1, 1}, trits);
        byte[] window = new byte[4];
        source.readRows(5, 7, MemorySegment.ofArray(window));
        assertArrayEquals(new byte[] {-1, 1, 1, 0}, window);
        packed[2] |= 0b11 << 4;
        var error = assertThrows(InvalidCodeException.class, () -> source.readRows(0, 8, MemorySegment.ofArray(trits)));
        assertTrue(error.getMessage().contains("row 5, column 0"), error.getMessage());
        assertEquals(2, error.offset());
        assertThrows(IllegalArgumentException.class, () -> new PackedBitnet(MemorySegment.ofArray(packed), 16, 2, 1f));
    }

    @ParameterizedTest
    @CsvSource({
        "autobitlinear, 50, false",
        "BitLinear, 0.02, true",
        ", 0.03, false",
        "somethingelse, 40, true",
    })
    void scaleDirectionFollowsTheLinearClass(String linearClass, float scale, boolean divides) {
        WeightScaleRule rule = WeightScaleRule.of(linearClass, scale, 2560);
        assertEquals(divides, rule.divides(), rule.reason());
        assertEquals(divides ? 1 / scale : scale, rule.scale(scale));
        assertThrows(IllegalArgumentException.class, () -> rule.scale(0));
    }

    @Test
    void relativeErrorIsOneWhenNothingIsLeft() {
        float[] weights = {3, -4};
        RelativeError error = new RelativeError();
        error.add(weights, 0, new float[2], 0, 2);
        assertEquals(1, error.value());
        RelativeError both = new RelativeError();
        both.add(weights, 0, weights, 0, 2);
        assertEquals(0, both.value());
        both.add(error);
        assertEquals(Math.sqrt(0.5), both.value(), 1e-12);
    }
}
