package dev.lutra.quant.ternary;

import dev.lutra.quant.tile.TileConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A file that bitnet.cpp's packer made: codes of the trits in {@code STEM.ternary.i8}; I2_S with its scale field. */
record PackedFile(String name, byte[] trits, byte[] packed, TernaryCodec codec) {
    /** What the packer was given as scale. */
    static final float SCALE = 0.0123f;

    private static final Pattern NAME =
            Pattern.compile("m(\\d+)_k(\\d+)\\.(i2_s|tl1|tl2)(?:\\.bm(\\d+)_bk(\\d+)_bmm(\\d+))?\\.bin");

    private static final List<String> BUNDLED = List.of(
            "m128_k256.i2_s.bin",
            "m128_k256.tl1.bm128_bk128_bmm32.bin",
            "m128_k256.tl1.bm64_bk128_bmm64.bin",
            "m128_k256.tl1.bm64_bk64_bmm32.bin",
            "m128_k256.tl2.bm128_bk96_bmm32.bin",
            "m128_k256.tl2.bm64_bk96_bmm32.bin",
            "m128_k896.tl1.bm64_bk128_bmm64.bin",
            "m128_k896.tl2.bm64_bk96_bmm32.bin");

    /** Those in the test resources. */
    static Stream<PackedFile> bundled() {
        return BUNDLED.stream().map(name -> of(name, PackedFile::resource));
    }

    /** All packed files of a folder. */
    static Stream<PackedFile> in(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".bin"))
                    .sorted()
                    .toList()
                    .stream()
                    .map(name -> of(name, other -> Files.readAllBytes(folder.resolve(other))));
        }
    }

    private interface Source {
        byte[] read(String name) throws IOException;
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = PackedFile.class.getResourceAsStream("packed/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }

    private static PackedFile of(String name, Source source) {
        Matcher match = NAME.matcher(name);
        if (!match.matches()) throw new IllegalArgumentException(name);
        int m = Integer.parseInt(match.group(1)), k = Integer.parseInt(match.group(2));
        TernaryCodec codec = switch (match.group(3)) {
            case "i2_s" -> new I2sCodec(m, k);
            case "tl1" -> new Tl1Codec(tile(m, k, match));
            default -> new Tl2Codec(tile(m, k, match));
        };
        try {
            return new PackedFile(name, source.read("m" + m + "_k" + k + ".ternary.i8"), source.read(name), codec);
        } catch (IOException e) {
            throw new IllegalStateException(name, e);
        }
    }

    private static TileConfig tile(int m, int k, Matcher match) {
        return new TileConfig(
                m,
                k,
                Integer.parseInt(match.group(4)),
                Integer.parseInt(match.group(5)),
                Integer.parseInt(match.group(6)));
    }

    @Override
    public String toString() {
        return name;
    }
}
