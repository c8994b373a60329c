/**
 * Models of random weights in real shapes, to benchmark sizes that nobody has downloaded. They say nothing sensible, but take the
 * time and the memory that trained ones take.
 */
@NullMarked
package dev.lutra.tools.dummy;

import org.jspecify.annotations.NullMarked;
