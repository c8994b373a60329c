/**
 * The right-hand side of matrix products: float rows and the forms that kernels derive from them, each computed once.
 */
@NullMarked
package dev.lutra.kernels.activation;

import org.jspecify.annotations.NullMarked;
