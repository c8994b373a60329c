/**
 * Kernels: the arithmetic of inference on off-heap memory. Every operation is a sealed interface with a scalar
 * implementation, which is the specification, and faster ones that must agree with it.
 */
@NullMarked
package dev.lutra.kernels;

import org.jspecify.annotations.NullMarked;
