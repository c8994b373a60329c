package dev.lutra.engine.tokenizer;

import java.util.OptionalInt;

/** Encodes text that holds no added tokens: cuts it into words and merges the bytes of each. */
final class WordEncoder {
    private final TextSplitter splitter;
    private final TokenIndex ids;
    private final boolean wholeWords;
    private final MergeTable merges;
    /** id of the token that is this one byte; absent ones only where UTF-8 never has the byte */
    private final int[] byteIds = new int[256];

    WordEncoder(TokenizerData data, TokenIndex ids) {
        this.splitter = data.preTokenizer().splitter();
        this.ids = ids;
        this.wholeWords = data.ignoreMerges();
        this.merges = new MergeTable(TokenList.copyOf(data.merges()), ids);
        for (int b = 0; b < 256; b++) {
            OptionalInt id = ids.find(String.valueOf(ByteAlphabet.character(b)));
            boolean neverInUtf8 = b == 0xC0 || b == 0xC1 || b >= 0xF5;
            if (id.isEmpty() && !neverInUtf8) {
                throw new IllegalArgumentException(
                        "no token for the byte 0x%02x ('%s'): the vocabulary is not byte-level"
                                .formatted(b, ByteAlphabet.character(b)));
            }
            byteIds[b] = id.orElse(-1);
        }
    }

    /** Scratch memory for the texts of one caller. */
    Run run() {
        return new Run();
    }

    /** One caller's encoding, of any number of texts; not for use by two threads. */
    final class Run {
        private final BytePairMerger merger = new BytePairMerger(merges);
        private byte[] bytes = new byte[64];

        void encode(String text, TokenBuffer out) {
            for (int from = 0; from < text.length(); ) {
                int to = splitter.next(text, from);
                encodeWord(text, from, to, out);
                from = to;
            }
        }

        private void encodeWord(String text, int from, int to, TokenBuffer out) {
            int count = toUtf8(text, from, to);
            if (wholeWords) {
                OptionalInt id = ids.find(ByteAlphabet.spell(bytes, count));
                if (id.isPresent()) {
                    out.add(id.getAsInt());
                    return;
                }
            }
            int[] symbols = merger.symbols(count);
            for (int i = 0; i < count; i++) {
                symbols[i] = byteIds[bytes[i] & 0xFF];
            }
            merger.merge(count, out);
        }

        private int toUtf8(String text, int from, int to) {
            if (bytes.length < 3L * (to - from)) {
                bytes = new byte[Math.multiplyExact(3, to - from)];
            }
            int n = 0;
            for (int i = from; i < to; ) {
                int c = text.codePointAt(i);
                i += Character.charCount(c);
                if (c >= 0xD800 && c < 0xE000) {
                    c = 0xFFFD;
                }
                if (c < 0x80) {
                    bytes[n++] = (byte) c;
                } else if (c < 0x800) {
                    bytes[n++] = (byte) (0xC0 | c >> 6);
                    bytes[n++] = (byte) (0x80 | c & 0x3F);
                } else if (c < 0x10000) {
                    bytes[n++] = (byte) (0xE0 | c >> 12);
                    bytes[n++] = (byte) (0x80 | c >> 6 & 0x3F);
                    bytes[n++] = (byte) (0x80 | c & 0x3F);
                } else {
                    bytes[n++] = (byte) (0xF0 | c >> 18);
                    bytes[n++] = (byte) (0x80 | c >> 12 & 0x3F);
                    bytes[n++] = (byte) (0x80 | c >> 6 & 0x3F);
                    bytes[n++] = (byte) (0x80 | c & 0x3F);
                }
            }
            return n;
        }
    }
}
