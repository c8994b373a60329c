/**
 * A fixed team of threads and how work is shared among it.
 */
@NullMarked
package dev.lutra.kernels.team;

import org.jspecify.annotations.NullMarked;
