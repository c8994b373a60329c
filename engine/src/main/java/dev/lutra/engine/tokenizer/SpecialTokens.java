package dev.lutra.engine.tokenizer;

/** What an encoder does about special tokens. */
public enum SpecialTokens {
    /** Recognizes them in the text, and adds BOS and EOS where the model wants them: a whole prompt. */
    ADD_AND_PARSE,
    /** Recognizes them in the text: a further part of a prompt. */
    PARSE,
    /** Takes the spelling of a control token as plain text: text from somebody who must not steer the model. */
    IGNORE
}
