/**
 * Ternary weights: one in-memory form, {@link dev.lutra.quant.ternary.TernaryMatrix}, and a codec around it for each file
 * format, so that any ternary format converts to any other without loss.
 */
@NullMarked
package dev.lutra.quant.ternary;

import org.jspecify.annotations.NullMarked;
