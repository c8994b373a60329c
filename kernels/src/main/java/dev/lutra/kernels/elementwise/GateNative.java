package dev.lutra.kernels.elementwise;

import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8Rows;
import dev.lutra.kernels.activation.Int8Struct;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** {@link Gate} in C, which rounds a row to int8 while it is in the nearest cache. The exponential is that of {@link VectorExp}. */
public final class GateNative implements Gate {
    private final Int8Struct struct;

    public GateNative() {
        NativeLibrary.get().require();
        struct = new Int8Struct();
    }

    @Override
    public void apply(Activation activation, FloatMatrix gate, FloatMatrix up, FloatMatrix y, Team team) {
        run(activation, gate, up, y, null, team);
    }

    @Override
    public void apply(Activation activation, FloatMatrix gate, FloatMatrix up, Activations y, Team team) {
        run(activation, gate, up, y.values(), y.claimInt8(), team);
    }

    private void run(
            Activation activation,
            FloatMatrix gate,
            FloatMatrix up,
            FloatMatrix y,
            @Nullable Int8Rows int8,
            Team team) {
        Rows.requireSameShape(gate, up);
        Rows.requireSameShape(gate, y);
        int number = activation.number();
        MemorySegment rounded = struct.of(int8);
        Rows.share(
                y.rows(),
                team,
                (from, to) -> Lutra.lutra_gate(
                        number,
                        gate.segment(),
                        gate.stride(),
                        up.segment(),
                        up.stride(),
                        y.columns(),
                        from,
                        to,
                        y.segment(),
                        y.stride(),
                        rounded));
    }
}
