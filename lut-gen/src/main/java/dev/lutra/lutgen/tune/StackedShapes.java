package dev.lutra.lutgen.tune;

import dev.lutra.gguf.model.Experts;
import dev.lutra.gguf.model.KnownModel.Shape;
import dev.lutra.gguf.model.ModelConfig;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The matrices of a layer as the engine multiplies them: query, key and value are one, and gate and up are. */
public final class StackedShapes {
    private StackedShapes() {}

    /** The distinct shapes of {@code config}'s layers. */
    public static List<Shape> of(ModelConfig config) {
        int hidden = config.hidden(), query = config.queryWidth();
        Set<Shape> shapes = new LinkedHashSet<>();
        shapes.add(new Shape(query + 2 * config.keyWidth(), hidden));
        shapes.add(new Shape(hidden, query));
        Experts experts = config.experts();
        if (experts == null) addFeedForward(shapes, hidden, config.feedForward());
        else {
            addFeedForward(shapes, hidden, experts.feedForward());
            if (experts.sharedFeedForward() > 0) addFeedForward(shapes, hidden, experts.sharedFeedForward());
        }
        return new ArrayList<>(shapes);
    }

    private static void addFeedForward(Set<Shape> shapes, int hidden, int width) {
        shapes.add(new Shape(2 * width, hidden));
        shapes.add(new Shape(hidden, width));
    }
}
