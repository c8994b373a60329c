/**
 * Rounds matrices to grids so that their outputs, not their weights, change least.
 *
 * <p>A grid gives each weight a step and whole levels. The levels come from error feedback with the second moments of the
 * inputs (GPTQ, arXiv 2210.17323) in the order of falling input power, then from coordinate descent on the same objective
 * (QuantEase, arXiv 2309.01885) between least-squares refits of the scales. Nothing here knows of models: who calls it gathers
 * the inputs.
 */
@NullMarked
package dev.lutra.quant.calibrate;

import org.jspecify.annotations.NullMarked;
