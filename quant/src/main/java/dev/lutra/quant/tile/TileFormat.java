package dev.lutra.quant.tile;

import dev.lutra.gguf.type.GgmlType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The two tiled formats of bitnet.cpp and what each demands of a tile. Sources: codegen_tl1.py, codegen_tl2.py and the packers
 * of convert-hf-to-gguf-bitnet.py; the bounds on bk follow from int16 partial sums.
 */
public enum TileFormat {
    TL1(GgmlType.TL1, 128) {
        @Override
        public List<String> violations(TileConfig tile) {
            List<String> found = new ArrayList<>();
            if (tile.bmm() != 32 && tile.bmm() != 64) found.add("bmm must be 32 or 64");
            else if (tile.bk() % (256 / tile.bmm()) != 0)
                found.add("bk must be a multiple of " + 256 / tile.bmm() + " when bmm is " + tile.bmm());
            if (tile.bm() % tile.bmm() != 0) found.add("bmm must divide bm");
            if (tile.m() % tile.bm() != 0) found.add("bm must divide m");
            if (tile.k() % tile.bk() != 0) found.add("bk must divide k");
            if (tile.bk() > 256) found.add("bk must be at most 256, or int16 sums overflow");
            return found;
        }

        @Override
        int[] bmmChoices() {
            return new int[] {64, 32};
        }

        @Override
        IntStream bkChoices(int k) {
            return IntStream.rangeClosed(1, 64).map(i -> 4 * i).filter(bk -> k % bk == 0);
        }

        @Override
        String needs() {
            return "TL1 needs rows divisible by 32 and columns divisible by 8 (or 64 and 4)";
        }
    },

    TL2(GgmlType.TL2, 96) {
        @Override
        public List<String> violations(TileConfig tile) {
            List<String> found = new ArrayList<>();
            if (tile.bmm() != 32) found.add("bmm must be 32");
            if (tile.bm() % 32 != 0) found.add("bm must be a multiple of 32");
            if (tile.m() % tile.bm() != 0) found.add("bm must divide m");
            if (tile.bk() % 24 != 0) found.add("bk must be a multiple of 24, or sign words break across tiles");
            if (tile.bk() > 255) found.add("bk must be at most 240, or int16 sums overflow");
            if (tile.k() % tile.bk() % 32 != 0) found.add("k modulo bk must be a multiple of 32");
            return found;
        }

        @Override
        int[] bmmChoices() {
            return new int[] {32};
        }

        @Override
        IntStream bkChoices(int k) {
            return IntStream.rangeClosed(1, 10).map(i -> 24 * i).filter(bk -> k % bk % 32 == 0);
        }

        @Override
        String needs() {
            return "TL2 needs rows divisible by 32 and columns divisible by 32 or by a multiple of 24 up to 240";
        }
    };

    /** Rows of a tile where the shape allows them: they divide every matrix of every Qwen2.5. */
    private static final int PREFERRED_BM = 128;

    /** Taller tiles than this gain nothing and would make the list of choices long for tall matrices. */
    private static final int LARGEST_BM = 1024;

    private final GgmlType type;
    private final int preferredBk;

    TileFormat(GgmlType type, int preferredBk) {
        this.type = type;
        this.preferredBk = preferredBk;
    }

    /** The tensor type with this tiling. */
    public GgmlType type() {
        return type;
    }

    /** The format of {@code type}, or empty when it is not a tiled one. */
    public static Optional<TileFormat> of(GgmlType type) {
        return Stream.of(values()).filter(format -> format.type == type).findFirst();
    }

    /** The format called {@code tl1} or {@code tl2}, in any letter case. */
    public static Optional<TileFormat> byName(String name) {
        return Stream.of(values())
                .filter(format -> format.type.label().equals(name.toLowerCase(Locale.ROOT)))
                .findFirst();
    }

    /** Every constraint that {@code tile} breaks, in words; empty for a legal tile. */
    public abstract List<String> violations(TileConfig tile);

    abstract int[] bmmChoices();

    abstract IntStream bkChoices(int k);

    abstract String needs();

    /**
     * Returns {@code tile} when it is legal.
     *
     * @throws IllegalArgumentException naming the broken constraints and the nearest legal tile
     */
    public TileConfig check(TileConfig tile) {
        List<String> violations = violations(tile);
        if (violations.isEmpty()) return tile;
        String remedy = nearest(tile)
                .map(legal -> "nearest legal tile: bm=" + legal.bm() + " bk=" + legal.bk() + " bmm=" + legal.bmm())
                .orElse(noTile(tile.m(), tile.k()));
        throw new IllegalArgumentException(
                type.label() + " tile for " + tile + ": " + String.join("; ", violations) + "; " + remedy);
    }

    /**
     * The tile to use for a shape when nothing was measured: 128 rows and 96 (TL2) or 128 (TL1) columns, or the legal tile
     * that comes nearest.
     *
     * @throws IllegalArgumentException when no tile is legal for the shape
     */
    public TileConfig defaultTile(int m, int k) {
        return nearest(new TileConfig(m, k, PREFERRED_BM, preferredBk, bmmChoices()[0]))
                .orElseThrow(() -> new IllegalArgumentException(noTile(m, k)));
    }

    /** Whether any tile is legal for the shape. */
    public boolean fits(int m, int k) {
        return legal(m, k).findAny().isPresent();
    }

    /** All legal tiles of the shape with at most 1024 rows. */
    public Stream<TileConfig> legal(int m, int k) {
        return IntStream.rangeClosed(1, Math.min(m, LARGEST_BM) / 32)
                .map(i -> 32 * i)
                .filter(bm -> m % bm == 0)
                .boxed()
                .flatMap(bm -> bkChoices(k)
                        .boxed()
                        .flatMap(bk -> IntStream.of(bmmChoices()).mapToObj(bmm -> new TileConfig(m, k, bm, bk, bmm))))
                .filter(tile -> violations(tile).isEmpty());
    }

    private Optional<TileConfig> nearest(TileConfig wanted) {
        return legal(wanted.m(), wanted.k())
                .min(Comparator.comparingDouble((TileConfig tile) -> distance(tile, wanted))
                        .thenComparing(TileConfig::bm, Comparator.reverseOrder())
                        .thenComparing(TileConfig::bk, Comparator.reverseOrder()));
    }

    /** How many times larger or smaller, summed over the three edges as logarithms; bmm counts least. */
    private static double distance(TileConfig a, TileConfig b) {
        return Math.abs(Math.log((double) a.bm() / b.bm()))
                + Math.abs(Math.log((double) a.bk() / b.bk()))
                + 1e-3 * Math.abs(Math.log((double) a.bmm() / b.bmm()));
    }

    private String noTile(int m, int k) {
        return "no " + type.label() + " tile is legal for " + m + " x " + k + ": " + needs()
                + "; keep this tensor in i2_s or another type";
    }
}
