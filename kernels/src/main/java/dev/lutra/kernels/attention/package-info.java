/**
 * The key-value cache and grouped-query attention over it.
 */
@NullMarked
package dev.lutra.kernels.attention;

import org.jspecify.annotations.NullMarked;
