package dev.lutra.engine.chat.jinja;

import org.jspecify.annotations.Nullable;

/** An object whose attributes a template can read: a loop, a namespace. */
interface Attributes {
    /** The attribute's value, {@link Undefined} when there is none. */
    @Nullable
    Object attribute(String name);
}
