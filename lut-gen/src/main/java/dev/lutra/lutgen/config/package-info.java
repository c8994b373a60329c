/** Tile configurations for the shapes of a model, as the kernel_config.ini files that bitnet.cpp's tools read. */
@NullMarked
package dev.lutra.lutgen.config;

import org.jspecify.annotations.NullMarked;
