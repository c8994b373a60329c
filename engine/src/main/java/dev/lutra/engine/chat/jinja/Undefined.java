package dev.lutra.engine.chat.jinja;

/**
 * The value of a name or key that is not there: false, empty, printed as nothing, and an error in any other use.
 *
 * @param what the name, for messages
 */
record Undefined(String what) {}
