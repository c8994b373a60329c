/** What the program runs on: what every published number must be accompanied by. */
@NullMarked
package dev.lutra.tools.machine;

import org.jspecify.annotations.NullMarked;
