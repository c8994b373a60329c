/**
 * Weight formats: what the bytes of a tensor mean. Encoding and decoding equal the reference implementations byte for byte;
 * speed at inference is not the concern here, kernels have layouts of their own.
 */
@NullMarked
package dev.lutra.quant;

import org.jspecify.annotations.NullMarked;
