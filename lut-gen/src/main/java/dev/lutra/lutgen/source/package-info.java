/** C source specialized for a model's shapes, and its compilation. */
@NullMarked
package dev.lutra.lutgen.source;

import org.jspecify.annotations.NullMarked;
