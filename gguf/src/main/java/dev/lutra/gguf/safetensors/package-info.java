/** Reading and writing Hugging Face checkpoints: safetensors files, alone or in shards listed by an index. */
@NullMarked
package dev.lutra.gguf.safetensors;

import org.jspecify.annotations.NullMarked;
