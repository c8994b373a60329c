/**
 * The element types of GGUF tensors: ids, names, block geometry and byte sizes. What the bytes mean is the business of the
 * quant module; here a type is only as much as a reader needs to find where a tensor ends.
 */
@NullMarked
package dev.lutra.gguf.type;

import org.jspecify.annotations.NullMarked;
