/**
 * Writing GGUF files of any size: a plan fixes every offset before the first byte is written, then tensors arrive in any
 * order, in windows, from any thread. A file takes its final name only when it is whole, on the disk and verified.
 */
@NullMarked
package dev.lutra.gguf.write;

import org.jspecify.annotations.NullMarked;
