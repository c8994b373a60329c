/**
 * What a checkpoint says about itself for people: its model card, its name, the sampling it recommends. The rules are those of
 * llama.cpp's converter, so that the {@code general.*} keys of a file are the ones that it would have written.
 */
@NullMarked
package dev.lutra.tools.card;

import org.jspecify.annotations.NullMarked;
