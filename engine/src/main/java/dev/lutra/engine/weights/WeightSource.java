package dev.lutra.engine.weights;

import dev.lutra.kernels.ternary.DigitSource;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.util.Optional;

/** The weights of one model by their GGUF names. What it hands out stays valid as long as the source is open. */
public interface WeightSource {
    /** The tensor called {@code name}, when the model has it. */
    Optional<WeightTensor> find(String name);

    /** As {@link #find}, for a tensor without which the model cannot run. */
    default WeightTensor require(String name) {
        return find(name)
                .orElseThrow(() -> new IllegalArgumentException(
                        "tensor " + name + " is missing; the file is incomplete or of another architecture"));
    }

    /** Whether {@link #digits} can decode the tensor: its weights are ternary, or made of ternary digits. */
    boolean isTernary(WeightTensor tensor);

    /** The trits and scales of a tensor for which {@link #isTernary} holds. */
    DigitSource digits(WeightTensor tensor);

    /** The same, decoded into {@code arena}. */
    default DigitMatrix digits(WeightTensor tensor, Arena arena) {
        return digits(tensor).toMatrix(arena);
    }
}
