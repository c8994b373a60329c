package dev.lutra.quant.ternary;

/**
 * How TL1 or TL2 cut an {@code m} x {@code k} matrix, named as in bitnet.cpp's kernel_config.ini.
 *
 * @param m rows of the matrix
 * @param k columns of the matrix
 * @param bm rows of a tile
 * @param bk columns of a tile
 * @param bmm rows handled by one look-up instruction sequence: 32 or 64 for TL1, 32 for TL2
 */
public record TileConfig(int m, int k, int bm, int bk, int bmm) {}
