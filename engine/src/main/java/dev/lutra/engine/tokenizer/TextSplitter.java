package dev.lutra.engine.tokenizer;

/**
 * Cuts text into the words that merges stay within. Implementations are stateless and linear in the text; their
 * specification is {@link PreTokenizer#regex}.
 */
sealed interface TextSplitter permits ContractionFirstSplitter, Gpt2Splitter {
    /**
     * The end of the word that begins at {@code from}.
     *
     * @param text UTF-16; lone surrogates count as neither letter, digit nor space
     * @param from index of a word's first char, below {@code text.length()}
     * @return an index above {@code from}
     */
    int next(String text, int from);
}
