/** What every command shares: exit codes, error messages, options. Commands themselves live elsewhere. */
@NullMarked
package dev.lutra.tools.cli;

import org.jspecify.annotations.NullMarked;
