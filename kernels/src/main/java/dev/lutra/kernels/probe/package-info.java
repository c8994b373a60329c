/** What the machine can do, measured: the rooflines that kernels are compared with. */
@NullMarked
package dev.lutra.kernels.probe;

import org.jspecify.annotations.NullMarked;
