/**
 * The files that hold models: GGUF ({@code dev.lutra.gguf.file}, {@code .write}), safetensors ({@code .safetensors}), model
 * configurations ({@code .model}), tensor names ({@code .names}) and element types ({@code .type}). Here are only what all
 * of them share. What quantized bytes mean is the business of the quant module.
 */
@NullMarked
package dev.lutra.gguf;

import org.jspecify.annotations.NullMarked;
