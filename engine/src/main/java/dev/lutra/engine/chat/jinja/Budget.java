package dev.lutra.engine.chat.jinja;

/** What rendering one template may cost: far above any real one, low enough that a hostile one ends soon. */
final class Budget {
    private static final long MAX_STEPS = 2_000_000;
    private static final int MAX_CALLS = 100;

    private static final int MAX_CHARACTERS = 16 << 20;
    private static final int MAX_ITEMS = 1 << 20;

    private long steps;
    private int calls;

    void step() {
        if (++steps > MAX_STEPS) {
            throw new JinjaException("the template does not come to an end (" + MAX_STEPS + " steps)");
        }
    }

    void enter() {
        if (++calls > MAX_CALLS) {
            throw new JinjaException("macros call one another more than " + MAX_CALLS + " deep");
        }
    }

    void leave() {
        calls--;
    }

    /** @param length of a text that is about to be made */
    static void checkLength(long length) {
        if (length > MAX_CHARACTERS) {
            throw new JinjaException("the template makes a text of more than " + MAX_CHARACTERS + " characters");
        }
    }

    /** @param size of a list that is about to be made */
    static void checkSize(long size) {
        if (size > MAX_ITEMS) {
            throw new JinjaException("the template makes a list of more than " + MAX_ITEMS + " items");
        }
    }
}
