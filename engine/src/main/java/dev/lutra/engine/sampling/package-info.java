/**
 * Choosing the next token from the logits: penalties, truncation and temperature in llama.cpp's order, and a fully specified
 * random generator, so that a seed gives the same tokens wherever the logits are the same.
 */
@NullMarked
package dev.lutra.engine.sampling;

import org.jspecify.annotations.NullMarked;
