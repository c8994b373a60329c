/** Text in, text out: a model opened from its file, and the loop that extends a prompt token by token. */
@NullMarked
package dev.lutra.engine.text;

import org.jspecify.annotations.NullMarked;
