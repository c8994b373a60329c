package dev.lutra.quant.mix;

import dev.lutra.gguf.type.TensorType;
import java.util.Optional;

/**
 * What becomes of one tensor.
 *
 * @param tensor the tensor
 * @param type its type in the file; empty for vectors, norms, routers and the like, which stay floats
 * @param fallback set when that is not the type the rules chose, because of the length of the rows
 */
public record TypeChoice(TensorShape tensor, Optional<TensorType> type, Optional<Fallback> fallback) {}
