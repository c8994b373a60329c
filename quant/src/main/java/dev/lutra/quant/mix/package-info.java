/**
 * Which type each tensor of a model gets: the mixtures that llama.cpp calls file types (src/llama-quant.cpp), the way out for
 * rows that no block divides, and what a user asks for instead. Types only; encoding is the business of the codecs.
 */
@NullMarked
package dev.lutra.quant.mix;

import org.jspecify.annotations.NullMarked;
