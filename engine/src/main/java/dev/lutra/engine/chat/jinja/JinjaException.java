package dev.lutra.engine.chat.jinja;

/** A template that cannot be parsed or rendered. The message says what is wrong and on which line. */
public final class JinjaException extends RuntimeException {
    JinjaException(String message) {
        super(message);
    }

    JinjaException(int line, String message) {
        super("line " + line + ": " + message);
    }
}
