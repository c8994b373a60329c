/**
 * The transformer: layers made of a model's weights and the kernels, the state of a sequence, and the forward pass over many
 * tokens at once (prefill) or one (decode).
 */
@NullMarked
package dev.lutra.engine.model;

import org.jspecify.annotations.NullMarked;
