/**
 * Off-heap float matrices: the vectors that flow through a model.
 */
@NullMarked
package dev.lutra.kernels.memory;

import org.jspecify.annotations.NullMarked;
