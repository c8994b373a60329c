/** Finds out by measuring which kernels this machine should multiply a model's matrices by, and keeps the answer in a file. */
@NullMarked
package dev.lutra.lutgen.tune;

import org.jspecify.annotations.NullMarked;
