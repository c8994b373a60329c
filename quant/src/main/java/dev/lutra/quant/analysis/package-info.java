/**
 * Formats that no file holds: the plain integer quantizations that studies of small models report, applied to weights in
 * place so that their effect can be measured beside that of real formats.
 */
@NullMarked
package dev.lutra.quant.analysis;

import org.jspecify.annotations.NullMarked;
