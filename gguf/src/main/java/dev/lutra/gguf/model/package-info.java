/**
 * What a model is: its architecture and hyper-parameters, from a checkpoint's {@code config.json}, from GGUF metadata or
 * from the registry of known models.
 */
@NullMarked
package dev.lutra.gguf.model;

import org.jspecify.annotations.NullMarked;
