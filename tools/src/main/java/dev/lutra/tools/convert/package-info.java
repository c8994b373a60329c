/**
 * Conversion: from a checkpoint or a GGUF file to a GGUF file of other types. First everything is planned from headers, then
 * tensor after tensor streams through bounded windows, all threads working on one tensor.
 */
@NullMarked
package dev.lutra.tools.convert;

import org.jspecify.annotations.NullMarked;
