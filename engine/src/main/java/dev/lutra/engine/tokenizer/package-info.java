/**
 * Byte-level BPE: text to token ids and back, exactly as the Hugging Face tokenizers library and llama.cpp do it.
 *
 * <p>A vocabulary is read from {@code tokenizer.json} or from GGUF metadata into one neutral record, {@link
 * dev.lutra.engine.tokenizer.TokenizerData}; {@link dev.lutra.engine.tokenizer.Tokenizer} works from that alone.
 * SentencePiece and WordPiece vocabularies are refused. How turns of a chat become text is the business of the chat package.
 */
@NullMarked
package dev.lutra.engine.tokenizer;

import org.jspecify.annotations.NullMarked;
