package dev.lutra.engine.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Decodes tokens one by one. A character whose bytes are spread over several tokens is held back until it is whole, so the
 * pieces that come out are always valid text and together what {@link Tokenizer#decode(int...)} gives. For one thread.
 */
public final class TextStream {
    private final Tokenizer tokenizer;
    private final boolean skipSpecial;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    /** bytes of an unfinished character, from 0 to its position: the buffer is always in the state of being filled */
    private ByteBuffer pending = ByteBuffer.allocate(64);

    TextStream(Tokenizer tokenizer, boolean skipSpecial) {
        this.tokenizer = tokenizer;
        this.skipSpecial = skipSpecial;
    }

    /**
     * Takes one token.
     *
     * @return the text that is complete now, often that of this token, sometimes empty
     * @throws IllegalArgumentException when the id is outside the vocabulary
     */
    public String accept(int id) {
        byte[] bytes = tokenizer.bytes(id);
        if (skipSpecial && tokenizer.isSpecial(id)) {
            return "";
        }
        if (pending.remaining() < bytes.length) {
            ByteBuffer larger = ByteBuffer.allocate(pending.position() + bytes.length);
            pending = larger.put(pending.flip());
        }
        pending.put(bytes);
        return decode(false);
    }

    /** Ends the text: U+FFFD for a character that was never completed. The stream can then be used anew. */
    public String finish() {
        String rest = decode(true);
        utf8.reset();
        return rest;
    }

    private String decode(boolean end) {
        CharBuffer out = CharBuffer.allocate(pending.position() + 1);
        utf8.decode(pending.flip(), out, end);
        if (end) {
            utf8.flush(out);
        }
        pending.compact();
        return out.flip().toString();
    }
}
