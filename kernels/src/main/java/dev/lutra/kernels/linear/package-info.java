/**
 * What every weight matrix prepared for multiplication has in common.
 */
@NullMarked
package dev.lutra.kernels.linear;

import org.jspecify.annotations.NullMarked;
