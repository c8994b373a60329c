/** The way from a tensor type to the codec of its rows, over all families of formats. */
@NullMarked
package dev.lutra.quant.codec;

import org.jspecify.annotations.NullMarked;
