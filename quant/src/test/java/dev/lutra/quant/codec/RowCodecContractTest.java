package dev.lutra.quant.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.RowCodec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every {@link RowCodec} keeps to, whatever its format. */
class RowCodecContractTest {
    private static final Set<GgmlType> FLOATS = EnumSet.of(GgmlType.F32, GgmlType.F16, GgmlType.BF16);

    static Stream<RowCodec> codecs() {
        return RowCodecs.types().stream().map(RowCodecs::of);
    }

    private static int bytes(RowCodec codec, int columns) {
        return Math.toIntExact(codec.type().byteSize(columns, 1).orElseThrow());
    }

    private static byte[] encode(RowCodec codec, float[] row, float @Nullable [] importance) {
        byte[] bytes = new byte[bytes(codec, row.length)];
        codec.encode(row, 0, row.length, importance, MemorySegment.ofArray(bytes), 0);
        return bytes;
    }

    private static float[] decode(RowCodec codec, byte[] bytes, int columns) {
        float[] row = new float[columns];
        codec.decode(MemorySegment.ofArray(bytes), 0, row, 0, columns);
        return row;
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void isFoundByItsType(RowCodec codec) {
        assertEquals(codec, RowCodecs.of(codec.type()));
    }

    @Test
    void otherTypesHaveNone() {
        assertTrue(RowCodecs.find(GgmlType.TL2).isEmpty());
        assertTrue(RowCodecs.find(new DigitType(2, 96)).isEmpty());
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> RowCodecs.of(GgmlType.IQ2_XXS));
        assertTrue(e.getMessage().contains("iq2_xxs") && e.getMessage().contains("q4_K"), e.getMessage());
    }

    /** The data and the limits of llama.cpp's test-quantize-fns.cpp; the bn formats are those of the 2-bit ternary ones. */
    @ParameterizedTest
    @MethodSource("codecs")
    void errorStaysInTheLimitsOfLlamaCpp(RowCodec codec) {
        float[] row = new float[32 * 128];
        for (int i = 0; i < row.length; i++) row[i] = 0.1f + 2 * (float) Math.cos(i);
        float[] decoded = decode(codec, encode(codec, row, null), row.length);
        double squares = 0;
        for (int i = 0; i < row.length; i++) squares += Math.pow(row[i] - decoded[i], 2);
        double limit = switch (codec.type()) {
            case TQ1_0, TQ2_0, Q2_0, IQ1_BN, IQ2_BN -> 0.01;
            case Q1_0 -> 0.025;
            case Q2_K -> 0.0075;
            case Q3_K -> 0.004;
            case MXFP4 -> 0.003;
            default -> 0.002;
        };
        assertTrue(Math.sqrt(squares) / row.length < limit, Math.sqrt(squares) / row.length + " above " + limit);
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void placesBytesWhereItIsTold(RowCodec codec) {
        float[] row = AwkwardRows.BELL.row();
        float[] importance = Arrays.copyOf(AwkwardRows.BELL.importance(), 512);
        float[] middle = Arrays.copyOfRange(row, 7, 7 + 512);
        byte[] expected = encode(codec, middle, importance);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(expected.length + 10);
            out.fill((byte) 0x5A);
            codec.encode(row, 7, 512, importance, out, 5);
            byte[] all = out.toArray(ValueLayout.JAVA_BYTE);
            assertArrayEquals(expected, Arrays.copyOfRange(all, 5, 5 + expected.length));
            for (int i = 0; i < 5; i++) {
                assertEquals(0x5A, all[i]);
                assertEquals(0x5A, all[5 + expected.length + i]);
            }
            float[] decoded = new float[512 + 6];
            Arrays.fill(decoded, 9);
            codec.decode(out, 5, decoded, 3, 512);
            assertArrayEquals(decode(codec, expected, 512), Arrays.copyOfRange(decoded, 3, 515));
            for (int i : new int[] {0, 1, 2, 515, 516, 517}) assertEquals(9, decoded[i]);
        }
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void emptyRowsAreRowsToo(RowCodec codec) {
        byte[] bytes = encode(codec, new float[0], null);
        assertEquals(0, decode(codec, bytes, 0).length);
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void awkwardRowsStayFinite(RowCodec codec) {
        for (AwkwardRows rows : AwkwardRows.values())
            for (float[] importance : new float[][] {null, rows.importance()})
                for (float weight : decode(codec, encode(codec, rows.row(), importance), AwkwardRows.COLUMNS))
                    assertTrue(Float.isFinite(weight), rows + " became " + weight);
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void zerosStayZeros(RowCodec codec) {
        float[] decoded = decode(codec, encode(codec, new float[768], null), 768);
        for (float weight : decoded) assertEquals(0, weight, 0);
    }

    /** Errors under importance may be larger for a row, not beyond reason: a wrong use of it would show here. */
    @ParameterizedTest
    @MethodSource("codecs")
    void evenImportanceCostsLittle(RowCodec codec) {
        float[] row = AwkwardRows.TRAINED.row();
        float[] even = new float[row.length];
        Arrays.fill(even, 1);
        double plain = error(row, decode(codec, encode(codec, row, null), row.length));
        double weighted = error(row, decode(codec, encode(codec, row, even), row.length));
        assertTrue(weighted <= plain * 1.1, weighted + " against " + plain);
    }

    private static double error(float[] row, float[] decoded) {
        return IntStream.range(0, row.length)
                .mapToDouble(i -> Math.pow(row[i] - decoded[i], 2))
                .sum();
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void anyBytesDecode(RowCodec codec) {
        Random random = new Random(3);
        byte[] bytes = new byte[bytes(codec, 512)];
        for (int i = 0; i < 50; i++) {
            random.nextBytes(bytes);
            try {
                decode(codec, bytes, 512);
            } catch (IllegalArgumentException invalidCode) {
                assertTrue(invalidCode.getMessage().contains(codec.type().label()), invalidCode.getMessage());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void refusesWhatDoesNotFit(RowCodec codec) {
        float[] row = new float[512];
        MemorySegment bytes = MemorySegment.ofArray(new byte[bytes(codec, 512)]);
        assertThrows(IndexOutOfBoundsException.class, () -> codec.encode(row, 256, 512, null, bytes, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> codec.encode(row, 0, 512, null, bytes, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> codec.decode(bytes, 0, row, 1, 512));
        assertThrows(IndexOutOfBoundsException.class, () -> codec.decode(bytes, 1, row, 0, 512));
        if (FLOATS.contains(codec.type())) return;
        assertThrows(IllegalArgumentException.class, () -> codec.encode(row, 0, 500, null, bytes, 0));
        assertThrows(IllegalArgumentException.class, () -> codec.decode(bytes, 0, row, 0, 500));
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void onlyFloatsHoldWhatIsNotFinite(RowCodec codec) {
        for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] row = new float[512];
            row[300] = value;
            if (FLOATS.contains(codec.type())) {
                assertEquals(value, decode(codec, encode(codec, row, null), 512)[300]);
            } else {
                IllegalArgumentException e =
                        assertThrows(IllegalArgumentException.class, () -> encode(codec, row, null));
                assertTrue(e.getMessage().contains("300"), e.getMessage());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void threadsDoNotDisturbOneAnother(RowCodec codec) {
        AwkwardRows[] kinds = {AwkwardRows.BELL, AwkwardRows.OUTLIERS, AwkwardRows.GRID, AwkwardRows.WIDE};
        byte[][] alone = new byte[kinds.length][];
        for (int i = 0; i < kinds.length; i++) alone[i] = encode(codec, kinds[i].row(), kinds[i].importance());
        IntStream.range(0, 40)
                .parallel()
                .forEach(i ->
                        assertArrayEquals(alone[i % 4], encode(codec, kinds[i % 4].row(), kinds[i % 4].importance())));
    }
}
