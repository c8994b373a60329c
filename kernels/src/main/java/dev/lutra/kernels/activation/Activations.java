package dev.lutra.kernels.activation;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
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
    private final FloatMatrix all;
    private FloatMatrix values;
    private final Map<Form<?>, Slot<?>> forms = new HashMap<>();
    private final Form<Int8Rows> int8Form;
    private MemorySegment scratch = MemorySegment.NULL;
    private int batch;

    /** Room for {@code maxTokens} rows of {@code columns}, in {@code arena}. */
    public Activations(Arena arena, int maxTokens, int columns, Int8Quantizer quantizer) {
        this.arena = arena;
        int8Form = new Int8Form(quantizer);
        all = FloatMatrix.allocate(arena, maxTokens, columns);
        values = all;
    }

    /** Forgets what was there and returns {@code tokens} rows to be written. */
    public FloatMatrix reset(int tokens) {
        if (tokens < 1 || tokens > all.rows())
            throw new IllegalArgumentException(tokens + " tokens do not fit a batch of " + all.rows());
        batch++;
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
        return form(int8Form, team);
    }

    /**
     * Memory for the int8 rows when kernels have asked for them before, otherwise null. Whoever writes the float rows may fill
     * it at the same time, and must when it was returned: the int8 rows of this batch then count as computed.
     */
    public @Nullable Int8Rows claimInt8() {
        Slot<?> slot = forms.get(int8Form);
        if (slot == null) return null;
        slot.batch = batch;
        return (Int8Rows) slot.memory;
    }

    /** The rows in {@code form}, computed unless an equal form of this batch is there. */
    public <T> T form(Form<T> form, Team team) {
        @SuppressWarnings("unchecked") // a slot is stored under the form that made it
        Slot<T> slot =
                (Slot<T>) forms.computeIfAbsent(form, key -> new Slot<>(form.allocate(arena, capacity(), columns())));
        if (slot.batch != batch) {
            form.compute(this, slot.memory, team);
            slot.batch = batch;
        }
        return slot.memory;
    }

    /** Memory for a kernel's intermediate sums, at least {@code bytes}; what it holds is lost at the next call. */
    public MemorySegment scratch(long bytes) {
        if (scratch.byteSize() < bytes)
            scratch = arena.allocate(Math.max(bytes, 2 * scratch.byteSize()), FloatMatrix.ALIGNMENT);
        return scratch;
    }

    private static final class Slot<T> {
        private final T memory;
        private int batch = -1;

        Slot(T memory) {
            this.memory = memory;
        }
    }

    private record Int8Form(Int8Quantizer quantizer) implements Form<Int8Rows> {
        @Override
        public Int8Rows allocate(Arena arena, int capacity, int columns) {
            return Int8Rows.allocate(arena, capacity, columns);
        }

        @Override
        public void compute(Activations x, Int8Rows memory, Team team) {
            if (x.tokens() == 1) {
                quantizer.quantize(x.values(), memory, 0, 1);
                return;
            }
            team.run((worker, workers) -> {
                Share share = Share.of(x.tokens(), 1, worker, workers);
                quantizer.quantize(x.values(), memory, share.from(), share.to());
            });
        }
    }
}
