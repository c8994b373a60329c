package dev.lutra.quant.tile;

/**
 * How TL1 or TL2 cut an {@code m} x {@code k} matrix, named as in bitnet.cpp's kernel_config.ini. Whether a format allows the
 * tile is for {@link TileFormat} to say.
 *
 * @param m rows of the matrix
 * @param k columns of the matrix
 * @param bm rows of a tile
 * @param bk columns of a tile
 * @param bmm rows handled by one look-up instruction sequence: 32 or 64 for TL1, 32 for TL2
 */
public record TileConfig(int m, int k, int bm, int bk, int bmm) {
    public TileConfig {
        if (m < 1 || k < 1) throw new IllegalArgumentException("shape " + m + " x " + k);
        if (bm < 1 || bk < 1 || bmm < 1)
            throw new IllegalArgumentException("tile bm=" + bm + " bk=" + bk + " bmm=" + bmm);
    }

    @Override
    public String toString() {
        return m + " x " + k + ", bm=" + bm + " bk=" + bk + " bmm=" + bmm;
    }
}
