package dev.lutra.engine.tokenizer;

/**
 * A token that is found in the text as it stands, before any splitting.
 *
 * @param special a control token: skipped by decoding on request, and never made from untrusted text
 * @param normalized looked for in the normalized text instead of the raw text
 * @param lstrip swallows the whitespace before it
 * @param rstrip swallows the whitespace after it
 * @param singleWord matches only where no word character touches it
 */
public record AddedToken(
        int id,
        String content,
        boolean special,
        boolean normalized,
        boolean lstrip,
        boolean rstrip,
        boolean singleWord) {
    /** A token without any of the matching flags. */
    public AddedToken(int id, String content, boolean special) {
        this(id, content, special, false, false, false, false);
    }

    /** The same token, found as {@code text}. */
    AddedToken withContent(String text) {
        return new AddedToken(id, text, special, normalized, lstrip, rstrip, singleWord);
    }
}
