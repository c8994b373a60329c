/** The small ternary model that comes with the program. */
@NullMarked
package dev.lutra.tools.embedded;

import org.jspecify.annotations.NullMarked;
