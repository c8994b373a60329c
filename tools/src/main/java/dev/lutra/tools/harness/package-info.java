/** Measures kernels and whole models as shares of what the machine can do at all, which the same run measures. */
@NullMarked
package dev.lutra.tools.harness;

import org.jspecify.annotations.NullMarked;
