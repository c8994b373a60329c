package dev.lutra.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The characters in which a byte-level vocabulary spells bytes (GPT-2's {@code bytes_to_unicode}): printable Latin-1 stands
 * for itself, the 68 other bytes for U+0100 onwards in their order. A space is U+0120.
 */
final class ByteAlphabet {
    private static final char[] CHARACTERS = new char[256];
    /** Byte of each character below U+0144, or -1. */
    private static final short[] BYTES = new short[0x144];

    static {
        Arrays.fill(BYTES, (short) -1);
        char next = 0x100;
        for (int b = 0; b < 256; b++) {
            boolean printable = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
            CHARACTERS[b] = printable ? (char) b : next++;
            BYTES[CHARACTERS[b]] = (short) b;
        }
    }

    private ByteAlphabet() {}

    /** The character that spells byte {@code value}, 0 to 255. */
    static char character(int value) {
        return CHARACTERS[value];
    }

    /** The bytes that {@code token} spells, or its own UTF-8 when a character of it is outside the alphabet. */
    static byte[] bytes(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            char c = token.charAt(i);
            if (c >= BYTES.length || BYTES[c] < 0) {
                return token.getBytes(StandardCharsets.UTF_8);
            }
            bytes[i] = (byte) BYTES[c];
        }
        return bytes;
    }

    /** The spelling of {@code count} bytes. */
    static String spell(byte[] bytes, int count) {
        char[] out = new char[count];
        for (int i = 0; i < count; i++) {
            out[i] = CHARACTERS[bytes[i] & 0xFF];
        }
        return new String(out);
    }
}
