package dev.lutra.kernels.elementwise;

import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.MemorySegment;

/** {@link Sum} in C. One call at a time. */
public final class SumNative implements Sum {
    private final NativeFloats biases = new NativeFloats();

    public SumNative() {
        NativeLibrary.get().require();
    }

    @Override
    public void add(FloatMatrix x, FloatMatrix y, Team team) {
        addScaled(x, 1, y, team);
    }

    @Override
    public void addBias(float[] bias, FloatMatrix y, Team team) {
        if (bias.length != y.columns())
            throw new IllegalArgumentException("a bias of " + bias.length + " for rows of " + y.columns());
        add(biases.copy(bias, 0, bias.length), 0, 1, y, team);
    }

    @Override
    public void addScaled(FloatMatrix x, float factor, FloatMatrix y, Team team) {
        Rows.requireSameShape(x, y);
        add(x.segment(), x.stride(), factor, y, team);
    }

    private static void add(MemorySegment x, long stride, float factor, FloatMatrix y, Team team) {
        Rows.share(
                y.rows(),
                team,
                (from, to) -> Lutra.lutra_add(x, stride, factor, y.columns(), from, to, y.segment(), y.stride()));
    }
}
