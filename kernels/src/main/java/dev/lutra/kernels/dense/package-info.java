/**
 * Float32, float16 and bfloat16 weights, multiplied straight from the file.
 */
@NullMarked
package dev.lutra.kernels.dense;

import org.jspecify.annotations.NullMarked;
