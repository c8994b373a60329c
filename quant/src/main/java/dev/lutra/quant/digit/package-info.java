/**
 * Weights as two or three ternary digits, without calibration data: the scales that such a row may have, the rounding of float
 * rows, and the way to llama.cpp's Q4_0 and Q5_0 and back, which loses nothing.
 */
@NullMarked
package dev.lutra.quant.digit;

import org.jspecify.annotations.NullMarked;
