package dev.lutra.engine.chat.jinja;

import java.util.List;
import java.util.Locale;

/** Reads tokens one after another. */
final class TokenReader {
    private final List<Token> tokens;
    private int at;

    TokenReader(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(at);
    }

    /** The token {@code distance} after the next one, or the end. */
    Token peek(int distance) {
        return tokens.get(Math.min(at + distance, tokens.size() - 1));
    }

    Token next() {
        Token token = tokens.get(at);
        if (token.kind() != Token.Kind.END) {
            at++;
        }
        return token;
    }

    int line() {
        return peek().line();
    }

    boolean peekOperator(String text) {
        return peek().is(Token.Kind.OPERATOR, text);
    }

    boolean peekName(String text) {
        return peek().is(Token.Kind.NAME, text);
    }

    boolean takeOperator(String text) {
        return take(peekOperator(text));
    }

    boolean takeName(String text) {
        return take(peekName(text));
    }

    private boolean take(boolean there) {
        if (there) {
            at++;
        }
        return there;
    }

    void expectOperator(String text) {
        if (!takeOperator(text)) {
            throw unexpected("'" + text + "'");
        }
    }

    void expectName(String text) {
        if (!takeName(text)) {
            throw unexpected("'" + text + "'");
        }
    }

    Token expect(Token.Kind kind) {
        if (peek().kind() != kind) {
            throw unexpected(kind.name().toLowerCase(Locale.ROOT));
        }
        return next();
    }

    JinjaException unexpected(String wanted) {
        return new JinjaException(line(), "expected " + wanted + ", not '" + peek().text() + "'");
    }
}
