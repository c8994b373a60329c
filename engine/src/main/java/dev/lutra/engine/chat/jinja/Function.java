package dev.lutra.engine.chat.jinja;

import org.jspecify.annotations.Nullable;

/** A value that can be called: a macro, a method bound to its object, a global function. */
@FunctionalInterface
interface Function {
    @Nullable
    Object call(CallArguments arguments);
}
