/** The {@code lutra} program: its entry point and the list of its commands. */
@NullMarked
package dev.lutra.tools;

import org.jspecify.annotations.NullMarked;
