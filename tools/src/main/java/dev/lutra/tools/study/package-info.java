/**
 * What formats do to one model: every one is applied to the projections, read back, and run by one engine with float32
 * activations against the model as it was.
 */
@NullMarked
package dev.lutra.tools.study;

import org.jspecify.annotations.NullMarked;
