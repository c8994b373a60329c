package dev.lutra.quant.ternary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.quant.InvalidCodeException;
import dev.lutra.quant.tile.TileConfig;
import dev.lutra.quant.tile.TileFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TernaryCodecTest {
    static Stream<PackedFile> bundled() {
        return PackedFile.bundled();
    }

    @ParameterizedTest
    @MethodSource("bundled")
    void bytesEqualThoseOfBitnetsPacker(PackedFile file) {
        checkAgainst(file);
    }

    @Test
    void bytesEqualAllOfTheSharedFiles() throws Exception {
        Path folder = sharedFixtures();
        Assumptions.assumeTrue(Files.isDirectory(folder), "no ../shared/fixtures/ternary beside the repository");
        PackedFile.in(folder).forEach(TernaryCodecTest::checkAgainst);
    }

    private static Path sharedFixtures() {
        Path root = Path.of("").toAbsolutePath();
        while (root.getParent() != null && !Files.isDirectory(root.resolve("shared/fixtures/ternary")))
            root = root.getParent();
        return root.resolve("shared/fixtures/ternary");
    }

    private static void checkAgainst(PackedFile file) {
        TernaryCodec codec = file.codec();
        byte[] encoded = encode(codec, file.trits(), PackedFile.SCALE);
        assertEquals(codec.byteSize(), encoded.length, file.name());
        assertTrue(file.packed().length <= encoded.length, file.name());
        assertArrayEquals(file.packed(), Arrays.copyOf(encoded, file.packed().length), file.name());
        byte[] decoded = new byte[file.trits().length];
        codec.decodeRows(MemorySegment.ofArray(encoded), 0, codec.rows(), MemorySegment.ofArray(decoded));
        assertArrayEquals(file.trits(), decoded, file.name());
        assertEquals(PackedFile.SCALE, codec.decodeScale(MemorySegment.ofArray(encoded)));
    }

    /** Trits from a linear congruence; digests of what an independent implementation, equal to bitnet.cpp's packer, makes. */
    @ParameterizedTest
    @CsvSource({
        "TL1,  64, 256,  32,  64, 32, 4096, 380efd433e4f9c409532b09cbcd696a5, 5466027683555635",
        "TL1,  64, 256,  64, 128, 64, 4096, 775fd3709fff97b22ebfed1d99dbce90, 5466027683555635",
        "TL1, 128, 256, 128,  64, 32, 8192, f8317baaa3df584211f640d4ebb725bc, 5466027683555635",
        "TL2,  64, 256,  32,  96, 32, 4096, ad901e5b014b4bf26089785df68ec249, 347bdca6ca3c4737",
        "TL2,  64, 288,  64,  96, 32, 4522, b7c02385fbbceadc47dbf7407fe6fad8, 34d88506c4613437",
        "TL2, 128, 320,  32,  96, 32, 9898, 991f19b7706ebc53142b601760b7e326, 34a4da923c338d07",
        "TL2,  64, 384,  64, 192, 32, 5802, 4b0c0f01e874c2f04f38d7d22e36a3ae, 3496a6c4478d9782",
        "TL2,  64, 896,  32,  96, 32, 12629, 653dce036062d5c346de89199f15d25b, 348837821298895b",
    })
    void goldenDigestsOfTiledFormats(
            TileFormat format, int m, int k, int bm, int bk, int bmm, int bytes, String digest, String start)
            throws Exception {
        byte[] encoded = encode(codec(format, new TileConfig(m, k, bm, bk, bmm)), congruential(m * k), 0.75f);
        checkDigest(Arrays.copyOf(encoded, bytes), digest, start);
    }

    @ParameterizedTest
    @CsvSource({
        "X86, 564e7468d2476adca3f88b20d6998d47, 52896a4a1925a221",
        "ARM64, a1cab5fcf2a204a4ba0ac380875ad880, ''",
    })
    void goldenDigestsOfI2s(I2sLayout layout, String digest, String start) throws Exception {
        checkDigest(encode(new I2sCodec(8, 256, layout), congruential(8 * 256), 0.75f), digest, start);
    }

    private static byte[] congruential(int count) {
        byte[] trits = new byte[count];
        int x = 1;
        for (int i = 0; i < count; i++) {
            x = 1664525 * x + 1013904223;
            trits[i] = (byte) ((x >>> 16) % 3 - 1);
        }
        return trits;
    }

    private static void checkDigest(byte[] bytes, String digest, String start) throws Exception {
        assertEquals(start, HexFormat.of().formatHex(bytes, 0, start.length() / 2));
        byte[] sum = MessageDigest.getInstance("SHA-256").digest(bytes);
        assertEquals(digest, HexFormat.of().formatHex(sum, 0, 16));
    }

    static Stream<TernaryCodec> oddShapes() {
        return Stream.of(
                new I2sCodec(3, 128),
                new I2sCodec(128, 3),
                new I2sCodec(6, 192, I2sLayout.ARM64),
                new I2sCodec(64, 96),
                new Tl1Codec(new TileConfig(96, 24, 32, 24, 32)),
                new Tl1Codec(new TileConfig(320, 20, 64, 4, 64)),
                new Tl1Codec(new TileConfig(320, 512, 320, 256, 64)),
                new Tl2Codec(new TileConfig(32, 24, 32, 24, 32)),
                new Tl2Codec(new TileConfig(96, 64, 32, 96, 32)),
                new Tl2Codec(new TileConfig(192, 240, 96, 240, 32)),
                new Tl2Codec(new TileConfig(64, 464, 32, 240, 32)));
    }

    @ParameterizedTest
    @MethodSource("oddShapes")
    void rangesOfRowsMakeTheSameBytesAsTheWhole(TernaryCodec codec) {
        byte[] trits = randomTrits(codec, new Random(codec.rows() * 31L + codec.columns()));
        byte[] whole = encode(codec, trits, -0.5f), pieces = new byte[whole.length];
        byte[] decoded = new byte[trits.length];
        for (int from = 0; from < codec.rows(); from += codec.rowStep()) {
            int to = Math.min(codec.rows(), from + codec.rowStep());
            int at = from * codec.columns(), count = (to - from) * codec.columns();
            MemorySegment window = MemorySegment.ofArray(trits).asSlice(at, count);
            codec.encodeRows(window, from, to, MemorySegment.ofArray(pieces));
            codec.decodeRows(
                    MemorySegment.ofArray(whole),
                    from,
                    to,
                    MemorySegment.ofArray(decoded).asSlice(at, count));
        }
        codec.encodeScale(-0.5f, MemorySegment.ofArray(pieces));
        assertArrayEquals(whole, pieces);
        assertArrayEquals(trits, decoded);
    }

    @ParameterizedTest
    @MethodSource("oddShapes")
    void offHeapMatrixSurvivesTheRoundTrip(TernaryCodec codec) {
        try (Arena arena = Arena.ofConfined()) {
            byte[] trits = randomTrits(codec, new Random(7));
            MemorySegment segment = arena.allocate(trits.length).copyFrom(MemorySegment.ofArray(trits));
            MemorySegment out = arena.allocate(codec.byteSize());
            codec.encode(new TernaryMatrix(codec.rows(), codec.columns(), segment, 3f), out);
            TernaryMatrix back = codec.decode(out, arena);
            assertEquals(-1, segment.mismatch(back.trits()));
            assertEquals(3f, back.scale());
        }
    }

    @ParameterizedTest
    @MethodSource("oddShapes")
    void invalidCodesAreRefusedWithTheirPlace(TernaryCodec codec) {
        byte[] valid = encode(codec, new byte[codec.rows() * codec.columns()], 1f);
        byte[] decoded = new byte[codec.rows() * codec.columns()];
        Random random = new Random(3);
        for (int trial = 0; trial < 40; trial++) {
            byte[] broken = valid.clone();
            int at = random.nextInt((int) codec.codeBytes());
            broken[at] = (byte) 0xFF;
            InvalidCodeException error = assertThrows(
                    InvalidCodeException.class,
                    () -> codec.decodeRows(
                            MemorySegment.ofArray(broken), 0, codec.rows(), MemorySegment.ofArray(decoded)));
            // a sign word has no place of its own: the index byte beside it is named
            if (!error.getMessage().contains("sign")) assertEquals(at, error.offset());
        }
    }

    @ParameterizedTest
    @MethodSource("oddShapes")
    void bytesThatAreNoTritsAreRefused(TernaryCodec codec) {
        for (byte wrong : new byte[] {2, -2, 3, 127, -128, 6}) {
            byte[] trits = new byte[codec.rows() * codec.columns()];
            trits[trits.length - 3] = wrong;
            var error = assertThrows(IllegalArgumentException.class, () -> encode(codec, trits, 1f));
            int column = Math.floorMod(-3, codec.columns());
            assertTrue(error.getMessage().contains("column " + column + " holds " + wrong), error.getMessage());
        }
    }

    @Test
    void wrongSizesAndRangesAreRefused() {
        TernaryCodec codec = new Tl2Codec(new TileConfig(64, 96, 32, 96, 32));
        MemorySegment tensor = MemorySegment.ofArray(new byte[(int) codec.byteSize()]);
        MemorySegment short1 = tensor.asSlice(0, tensor.byteSize() - 1);
        MemorySegment rows = MemorySegment.ofArray(new byte[32 * 96]);
        assertThrows(IllegalArgumentException.class, () -> codec.decodeRows(short1, 0, 32, rows));
        assertThrows(IllegalArgumentException.class, () -> codec.decodeRows(tensor, 16, 48, rows));
        assertThrows(IllegalArgumentException.class, () -> codec.decodeRows(tensor, 0, 64, rows));
        assertThrows(IllegalArgumentException.class, () -> codec.decodeRows(tensor, 64, 96, rows));
        assertThrows(IllegalArgumentException.class, () -> new I2sCodec(3, 100));
        tensor.set(ValueLayout.JAVA_FLOAT_UNALIGNED, tensor.byteSize() - 32, Float.NaN);
        assertThrows(InvalidCodeException.class, () -> codec.decodeScale(tensor));
    }

    private static TernaryCodec codec(TileFormat format, TileConfig tile) {
        return format == TileFormat.TL1 ? new Tl1Codec(tile) : new Tl2Codec(tile);
    }

    private static byte[] randomTrits(TernaryCodec codec, Random random) {
        byte[] trits = new byte[codec.rows() * codec.columns()];
        for (int i = 0; i < trits.length; i++) trits[i] = (byte) (random.nextInt(3) - 1);
        return trits;
    }

    private static byte[] encode(TernaryCodec codec, byte[] trits, float scale) {
        byte[] out = new byte[(int) codec.byteSize()];
        codec.encode(
                new TernaryMatrix(codec.rows(), codec.columns(), MemorySegment.ofArray(trits), scale),
                MemorySegment.ofArray(out));
        return out;
    }
}
