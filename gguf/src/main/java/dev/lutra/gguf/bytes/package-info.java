/** Mapped files and checked reads: every length that a file claims is held against the bytes that are left. */
@NullMarked
package dev.lutra.gguf.bytes;

import org.jspecify.annotations.NullMarked;
