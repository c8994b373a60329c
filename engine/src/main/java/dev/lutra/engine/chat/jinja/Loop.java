package dev.lutra.engine.chat.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The variable {@code loop} of a running loop. */
final class Loop implements Attributes {
    private final List<? extends @Nullable Object> items;
    private final int depth;
    private int index;

    Loop(List<? extends @Nullable Object> items, int depth) {
        this.items = items;
        this.depth = depth;
    }

    void moveTo(int newIndex) {
        index = newIndex;
    }

    int depth() {
        return depth;
    }

    @Override
    public @Nullable Object attribute(String name) {
        return switch (name) {
            case "index" -> index + 1L;
            case "index0" -> (long) index;
            case "revindex" -> (long) items.size() - index;
            case "revindex0" -> items.size() - index - 1L;
            case "first" -> index == 0;
            case "last" -> index == items.size() - 1;
            case "length" -> (long) items.size();
            case "depth" -> (long) depth;
            case "depth0" -> depth - 1L;
            case "previtem" -> index > 0 ? items.get(index - 1) : new Undefined("loop.previtem");
            case "nextitem" -> index + 1 < items.size() ? items.get(index + 1) : new Undefined("loop.nextitem");
            case "cycle" ->
                (Function) arguments -> arguments.positional().isEmpty()
                        ? new Undefined("loop.cycle()")
                        : arguments
                                .positional()
                                .get(index % arguments.positional().size());
            default -> new Undefined("loop." + name);
        };
    }
}
