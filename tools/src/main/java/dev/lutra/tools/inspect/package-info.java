/** Looks into model files: what they hold, and whether it is sound. */
@NullMarked
package dev.lutra.tools.inspect;

import org.jspecify.annotations.NullMarked;
