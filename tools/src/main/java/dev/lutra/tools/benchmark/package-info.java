/** Measures whole models the way llama-bench does. */
@NullMarked
package dev.lutra.tools.benchmark;

import org.jspecify.annotations.NullMarked;
