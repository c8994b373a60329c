package dev.lutra.engine.tokenizer;

import java.text.Normalizer;

/** What is done to text before it is split. */
public enum Normalization {
    NONE {
        @Override
        String apply(String text) {
            return text;
        }
    },
    /** Unicode's canonical composition. */
    NFC {
        @Override
        String apply(String text) {
            return isInert(text) ? text : Normalizer.normalize(text, Normalizer.Form.NFC);
        }
    };

    abstract String apply(String text);

    /** Below U+0300 lie only starters that compose with nothing there: such text is its own NFC. */
    private static boolean isInert(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x300) {
                return false;
            }
        }
        return true;
    }
}
