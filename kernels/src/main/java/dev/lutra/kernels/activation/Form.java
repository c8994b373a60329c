package dev.lutra.kernels.activation;

import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;

/**
 * A form of activations that a kernel wants: look-up tables, blocks of int8. Equal forms are computed once per batch and
 * shared by all matrices that multiply it, so an implementation is a record of whatever its layout depends on.
 *
 * @param <T> the memory that holds it
 */
public interface Form<T> {
    /** Memory for batches of up to {@code capacity} tokens of {@code columns} activations. */
    T allocate(Arena arena, int capacity, int columns);

    /** Fills {@code memory} from the present rows of {@code x}. */
    void compute(Activations x, T memory, Team team);
}
