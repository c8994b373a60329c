/** Reading GGUF files, versions 2 and 3, little-endian, in one piece or in shards, memory-mapped and validated. */
@NullMarked
package dev.lutra.gguf.file;

import org.jspecify.annotations.NullMarked;
