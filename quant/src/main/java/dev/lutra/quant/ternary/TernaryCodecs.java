package dev.lutra.quant.ternary;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.tile.TileFormat;
import dev.lutra.quant.tile.TileTable;

/** Chooses the {@link TernaryCodec} for a tensor of a file. */
public final class TernaryCodecs {
    private TernaryCodecs() {}

    /**
     * The codec to write a tensor with. A tile that {@code tiles} lacks is chosen and recorded there.
     *
     * @param type I2_S, TL1 or TL2
     * @throws IllegalArgumentException when the type cannot hold the shape
     */
    public static TernaryCodec forWriting(GgmlType type, int rows, int columns, TileTable tiles) {
        return switch (type) {
            case I2_S -> new I2sCodec(rows, columns);
            case TL1 -> new Tl1Codec(tiles.forWriting(TileFormat.TL1, rows, columns));
            case TL2 -> new Tl2Codec(tiles.forWriting(TileFormat.TL2, rows, columns));
            default -> throw notWholeTensor(type);
        };
    }

    /**
     * The codec to read a tensor with.
     *
     * @param type I2_S, TL1 or TL2
     * @param tiles what the file or the user says of its tiles; bitnet.cpp's presets complete it
     * @param layout order of I2_S codes
     * @throws IllegalArgumentException when the type cannot hold the shape, or its tile is not known
     */
    public static TernaryCodec forReading(GgmlType type, int rows, int columns, TileTable tiles, I2sLayout layout) {
        return switch (type) {
            case I2_S -> new I2sCodec(rows, columns, layout);
            case TL1 -> new Tl1Codec(tiles.forReading(TileFormat.TL1, rows, columns));
            case TL2 -> new Tl2Codec(tiles.forReading(TileFormat.TL2, rows, columns));
            default -> throw notWholeTensor(type);
        };
    }

    private static IllegalArgumentException notWholeTensor(GgmlType type) {
        return new IllegalArgumentException(type + " is not coded as trits of a whole tensor");
    }
}
