/** The commands, a class each: options in, work delegated, results printed. */
@NullMarked
package dev.lutra.tools.command;

import org.jspecify.annotations.NullMarked;
