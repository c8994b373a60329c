/**
 * Chats as text: messages and tools rendered by the model's own template into the prompt that the model was trained on.
 * Tokens are the business of the tokenizer package.
 */
@NullMarked
package dev.lutra.engine.chat;

import org.jspecify.annotations.NullMarked;
