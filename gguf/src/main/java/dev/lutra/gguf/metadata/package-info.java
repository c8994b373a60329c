/**
 * The key-value section of a GGUF file: typed values that keep their exact stored type, so that what was read can be written
 * back byte for byte.
 */
@NullMarked
package dev.lutra.gguf.metadata;

import org.jspecify.annotations.NullMarked;
