/** A conversation on the terminal. */
@NullMarked
package dev.lutra.tools.chat;

import org.jspecify.annotations.NullMarked;
