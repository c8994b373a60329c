package dev.lutra.engine.model;

import dev.lutra.gguf.model.Experts;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.memory.FloatMatrix;
import java.lang.foreign.Arena;

/** The buffers that a layer of experts needs besides those of {@link Workspace}. */
final class ExpertSpace {
    /** Router logits, then probabilities: [tokens][experts]. */
    final FloatMatrix router;
    /** The rows that one expert sees: [tokens][hidden]. */
    final Activations input;
    /** [tokens][2 * expert width]. */
    final FloatMatrix gateUp;
    /** [tokens][expert width]. */
    final Activations product;
    /** What one expert adds: [tokens][hidden]. */
    final FloatMatrix output;
    /** Gate of the shared expert: [tokens][1]. */
    final FloatMatrix sharedGate;

    ExpertSpace(ModelConfig config, Experts experts, Kernels kernels, Arena arena, int tokens) {
        router = FloatMatrix.allocate(arena, tokens, experts.count());
        input = kernels.activations(arena, tokens, config.hidden());
        gateUp = FloatMatrix.allocate(arena, tokens, 2 * experts.feedForward());
        product = kernels.activations(arena, tokens, experts.feedForward());
        output = FloatMatrix.allocate(arena, tokens, config.hidden());
        sharedGate = FloatMatrix.allocate(arena, tokens, 1);
    }
}
