/**
 * Quantizes a whole model layer by layer against what flows through it.
 *
 * <p>Two streams of hidden states run side by side: one through the full-precision layers, one through the layers as they have
 * been quantized so far. Each projection is rounded for the inputs that the second stream brings, towards the outputs of the
 * first. Only one layer's weights are in memory.
 */
@NullMarked
package dev.lutra.tools.calibrate;

import org.jspecify.annotations.NullMarked;
