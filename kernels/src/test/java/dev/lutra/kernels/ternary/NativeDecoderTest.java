package dev.lutra.kernels.ternary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.quant.ternary.DigitCodec;
import dev.lutra.quant.ternary.DigitMatrix;
import dev.lutra.quant.ternary.TernaryMatrix;
import dev.lutra.quant.ternary.Tl2Codec;
import dev.lutra.quant.tile.TileConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The decoders in C read what the codecs in Java wrote, and refuse what those refuse. */
class NativeDecoderTest {
    private final Random random = new Random(5);

    @BeforeEach
    void needsTheLibrary() {
        assumeTrue(NativeLibrary.get().isAvailable(), "no native library in this build");
    }

    @ParameterizedTest
    @CsvSource({"64, 256, 32, 96", "128, 320, 64, 96", "64, 384, 64, 192", "96, 192, 96, 192"})
    void tl2InTilesWithAndWithoutPairs(int rows, int columns, int tileRows, int tileColumns) {
        Tl2Codec codec = new Tl2Codec(new TileConfig(rows, columns, tileRows, tileColumns, 32));
        try (Arena arena = Arena.ofShared()) {
            DigitMatrix source = RandomDigits.uniform(rows, columns, 1, columns, random, arena);
            MemorySegment tensor = arena.allocate(codec.byteSize());
            codec.encode(new TernaryMatrix(rows, columns, source.planes(), 1), tensor);
            int from = rows > tileRows ? tileRows : 0;
            MemorySegment trits = arena.allocate((long) (rows - from) * columns);
            assertTrue(NativeDecoder.read(codec, tensor, from, rows, trits));
            assertEquals(-1, source.planes().asSlice((long) from * columns).mismatch(trits));
            // a nibble of 14 is no triple, and no pair either
            long codes = codec.codeBytes(),
                    at = from == 0 ? codes - 1 : (long) rows * (columns - columns % tileColumns) / 6 - 1;
            tensor.set(ValueLayout.JAVA_BYTE, columns % tileColumns == 0 ? (long) rows * columns / 6 - 1 : at, (byte)
                    0xEE);
            assertFalse(NativeDecoder.read(codec, tensor, from, rows, trits));
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 96, 96", "2, 97, 32", "3, 251, 96", "3, 5, 32", "2, 1, 32"})
    void planesOfAnyWidth(int digits, int columns, int group) {
        int rows = 7;
        DigitType type = new DigitType(digits, group);
        DigitCodec codec = new DigitCodec(type, rows, columns);
        try (Arena arena = Arena.ofShared()) {
            DigitMatrix source = RandomDigits.uniform(rows, columns, digits, group, random, arena);
            Arrays.fill(source.rowScales(), 0.5f);
            MemorySegment tensor = arena.allocate(codec.byteSize());
            codec.encode(source, tensor);
            DigitMatrix back = DigitMatrix.allocate(3, columns, digits, group, arena);
            assertTrue(NativeDecoder.read(codec, type, rows, tensor, 4, 7, back));
            codec.decodeScales(tensor, 4, 3, back, 0);
            for (int digit = 0; digit < digits; digit++)
                assertEquals(-1, source.plane(digit).asSlice(4L * columns).mismatch(back.plane(digit)));
            assertEquals(source.groupScale(6, source.groups() - 1), back.groupScale(2, back.groups() - 1));
            assertEquals(0.5f, back.rowScales()[2]);
            for (byte wrong : new byte[] {(byte) 0xEE, (byte) 0xF0}) {
                tensor.set(ValueLayout.JAVA_BYTE, codec.planeOffset(digits - 1, 5), wrong);
                assertFalse(NativeDecoder.read(codec, type, rows, tensor, 4, 7, back));
            }
        }
    }

    @Test
    void paddingMustBeZero() {
        DigitType type = new DigitType(2, 32);
        DigitCodec codec = new DigitCodec(type, 1, 4);
        try (Arena arena = Arena.ofShared()) {
            DigitMatrix source = RandomDigits.uniform(1, 4, 2, 32, random, arena);
            Arrays.fill(source.rowScales(), 1);
            MemorySegment tensor = arena.allocate(codec.byteSize());
            codec.encode(source, tensor);
            DigitMatrix back = DigitMatrix.allocate(1, 4, 2, 32, arena);
            assertTrue(NativeDecoder.read(codec, type, 1, tensor, 0, 1, back));
            long signs = codec.planeOffset(0, 0) + DigitType.planeRowBytes(4) - 1;
            tensor.set(ValueLayout.JAVA_BYTE, signs, (byte) (tensor.get(ValueLayout.JAVA_BYTE, signs) | 1));
            assertFalse(NativeDecoder.read(codec, type, 1, tensor, 0, 1, back));
        }
    }

    @Test
    void sizesThatDoNotFitAreLeftToTheCodec() {
        Tl2Codec codec = new Tl2Codec(new TileConfig(64, 256, 32, 96, 32));
        try (Arena arena = Arena.ofShared()) {
            MemorySegment tensor = arena.allocate(codec.byteSize()), trits = arena.allocate(64 * 256);
            assertFalse(NativeDecoder.read(codec, tensor.asSlice(0, 100), 0, 64, trits));
            assertFalse(NativeDecoder.read(codec, tensor, 0, 96, trits));
            assertFalse(NativeDecoder.read(codec, tensor, 16, 64, trits));
            assertFalse(NativeDecoder.read(codec, tensor, 0, 64, trits.asSlice(1)));
            assertFalse(NativeDecoder.read(codec, MemorySegment.ofArray(new byte[5000]), 0, 64, trits));
        }
    }
}
