/**
 * Weights in blocks with a scale: Q8_0, and any other format through its codec.
 */
@NullMarked
package dev.lutra.kernels.block;

import org.jspecify.annotations.NullMarked;
