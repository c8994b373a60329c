package dev.lutra.kernels.activation;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * The right-hand side of matrix products: float rows, and the forms that kernels derive from them, each computed at most once
 * however many matrices (query, key and value; gate and up) multiply the same rows. Memory for a form is taken when a kernel
 * first asks for it and kept.
 *
 * <p>Use: {@link #reset} to say how many tokens come, write the rows that it returns, multiply. Not for several threads;
 * the forms are computed by the team.
 */
public final class Activations {
    private final Arena arena;
    private final Int8Quantizer quantizer;
    private final FloatMatrix all;
    private FloatMatrix values;
    private @Nullable Int8Rows int8;
    private boolean int8Valid;

    /** Room for {@code maxTokens} rows of {@code columns}, in {@code arena}. */
    public Activations(Arena arena, int maxTokens, int columns, Int8Quantizer quantizer) {
        this.arena = arena;
        this.quantizer = quantizer;
        all = FloatMatrix.allocate(arena, maxTokens, columns);
        values = all;
    }

    /** Forgets what was there and returns {@code tokens} rows to be written. */
    public FloatMatrix reset(int tokens) {
        if (tokens < 1 || tokens > all.rows())
            throw new IllegalArgumentException(tokens + " tokens do not fit a batch of " + all.rows());
        int8Valid = false;
        if (values.rows() != tokens) values = all.rows(0, tokens);
        return values;
    }

    /** The float rows, one per token. */
    public FloatMatrix values() {
        return values;
    }

    public int tokens() {
        return values.rows();
    }

    public int columns() {
        return values.columns();
    }

    /** The most tokens that {@link #reset} takes. */
    public int capacity() {
        return all.rows();
    }

    /** The rows as int8 with one scale each. */
    public Int8Rows int8(Team team) {
        Int8Rows rows = int8;
        if (rows == null) int8 = rows = Int8Rows.allocate(arena, all.rows(), columns());
        if (!int8Valid) {
            Int8Rows target = rows;
            if (tokens() == 1) quantizer.quantize(values, target, 0, 1);
            else
                team.run((worker, workers) -> {
                    Share share = Share.of(tokens(), 1, worker, workers);
                    quantizer.quantize(values, target, share.from(), share.to());
                });
            int8Valid = true;
        }
        return rows;
    }
}
