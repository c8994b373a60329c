/**
 * Dense float32 linear algebra for calibration: products, Cholesky factors and triangular inverses from OpenBLAS.
 *
 * <p>OpenBLAS rather than EJML, which is pure Java: a factor and its inverse at n = 4864 took 13 s with OpenBLAS on a machine
 * with no core to spare, and EJML had not finished after 200 s; a 7B model asks for n = 18944, sixty times the work.
 * Calibration is the only user; quantizing and running models need no native algebra.
 */
@NullMarked
package dev.lutra.quant.algebra;

import org.jspecify.annotations.NullMarked;
