/**
 * ggml's formats in which each row is encoded on its own: plain floats, the 32-wide blocks, the 256-wide "K" blocks and the
 * non-linear four-bit ones. Encoding reproduces ggml's reference quantizers (ggml-quants.c) to the byte, with and without an
 * importance matrix, so every float expression here keeps their order of evaluation and none may be contracted or
 * reassociated. Ternary formats live in {@code dev.lutra.quant.ternary}.
 */
@NullMarked
package dev.lutra.quant.block;

import org.jspecify.annotations.NullMarked;
