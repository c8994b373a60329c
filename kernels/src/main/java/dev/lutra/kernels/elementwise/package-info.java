/**
 * Operations on rows of activations: normalization, gates, rotary positions, sums.
 */
@NullMarked
package dev.lutra.kernels.elementwise;

import org.jspecify.annotations.NullMarked;
