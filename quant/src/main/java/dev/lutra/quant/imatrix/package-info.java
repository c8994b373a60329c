/**
 * Importance matrices: how strongly each input column of a tensor is driven on calibration text, which tells quantizers where
 * errors hurt. Files are those of llama.cpp's imatrix tool, in its older form and as GGUF.
 */
@NullMarked
package dev.lutra.quant.imatrix;

import org.jspecify.annotations.NullMarked;
