package dev.lutra.gguf.model;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An entry of the registry: the dimensions that all checkpoints of one size share.
 *
 * @param family {@code qwen2.5}, {@code qwen3}, ...
 * @param size {@code 0.5B} to {@code 72B}
 * @param checkpoints names of the checkpoints on Hugging Face that have these dimensions
 * @param config the base checkpoint's hyper-parameters
 * @param differing those of the checkpoints that are known to have another context or epsilon; of the rest, Coder and Math
 *     among them, only the dimensions are known, and their config.json tells
 */
public record KnownModel(
        String family, String size, List<String> checkpoints, ModelConfig config, Map<String, ModelConfig> differing) {
    public KnownModel {
        checkpoints = List.copyOf(checkpoints);
        differing = Map.copyOf(differing);
    }

    /** The same entry with the hyper-parameters of {@code checkpoint}. */
    KnownModel as(String checkpoint) {
        return new KnownModel(family, size, checkpoints, differing.getOrDefault(checkpoint, config), differing);
    }

    /** {@code qwen2.5-7B}: the entry's own name, also that of its folder of kernel presets. */
    public String name() {
        return family + "-" + size;
    }

    /** A matrix shape that a kernel sees: {@code m} outputs, {@code k} inputs. */
    public record Shape(int m, int k) {}

    /** The distinct shapes of the projections, in the order query, key, up, down. */
    public List<Shape> kernelShapes() {
        return kernelShapes(config);
    }

    /** The distinct shapes of the projections of any model. */
    public static List<Shape> kernelShapes(ModelConfig config) {
        Set<Shape> shapes = new LinkedHashSet<>();
        shapes.add(new Shape(config.queryWidth(), config.hidden()));
        shapes.add(new Shape(config.keyWidth(), config.hidden()));
        shapes.add(new Shape(config.hidden(), config.queryWidth()));
        Experts experts = config.experts();
        if (experts == null) addFeedForward(shapes, config.hidden(), config.feedForward());
        else {
            addFeedForward(shapes, config.hidden(), experts.feedForward());
            if (experts.sharedFeedForward() > 0) addFeedForward(shapes, config.hidden(), experts.sharedFeedForward());
        }
        return new ArrayList<>(shapes);
    }

    private static void addFeedForward(Set<Shape> shapes, int hidden, int width) {
        shapes.add(new Shape(width, hidden));
        shapes.add(new Shape(hidden, width));
    }
}
