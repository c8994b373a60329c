/**
 * The ternary and binary formats that are coded row by row, as {@link dev.lutra.quant.RowCodec}s: those of llama.cpp and those of
 * ik_llama.cpp.
 */
@NullMarked
package dev.lutra.quant.ternary.row;

import org.jspecify.annotations.NullMarked;
