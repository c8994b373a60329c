/** The names and shapes of the tensors that a model of each family has, in Hugging Face checkpoints and in GGUF files. */
@NullMarked
package dev.lutra.gguf.names;

import org.jspecify.annotations.NullMarked;
