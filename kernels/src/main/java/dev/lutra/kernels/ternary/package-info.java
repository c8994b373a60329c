/**
 * Ternary weights and weights of several ternary digits, multiplied exactly in int32 by int8 activations.
 */
@NullMarked
package dev.lutra.kernels.ternary;

import org.jspecify.annotations.NullMarked;
