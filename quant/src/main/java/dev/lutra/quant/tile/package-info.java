/**
 * How TL1 and TL2 cut a matrix into tiles: the constraints, a good choice for any shape, bitnet.cpp's kernel_config.ini, and
 * the table of tiles that a GGUF of ours carries. The bytes inside a tile are the business of the ternary codecs.
 */
@NullMarked
package dev.lutra.quant.tile;

import org.jspecify.annotations.NullMarked;
