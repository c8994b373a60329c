/** Where a model's weights come from, and how a tensor of any file format becomes a matrix that a kernel multiplies. */
@NullMarked
package dev.lutra.engine.weights;

import org.jspecify.annotations.NullMarked;
