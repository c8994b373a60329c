/** How well a model predicts given text, alone and compared with another model. */
@NullMarked
package dev.lutra.engine.evaluation;

import org.jspecify.annotations.NullMarked;
