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

/** {@link RmsNorm} in C, which rounds a row to int8 while it is in the nearest cache. Squares are summed in double. One call at a time. */
public final class RmsNormNative implements RmsNorm {
    private final NativeFloats weights = new NativeFloats();
    private final Int8Struct struct;

    public RmsNormNative() {
        NativeLibrary.get().require();
        struct = new Int8Struct();
    }

    @Override
    public void apply(FloatMatrix x, float[] weight, float epsilon, FloatMatrix y, Team team) {
        run(x, weight, epsilon, y, null, team);
    }

    @Override
    public void apply(FloatMatrix x, float[] weight, float epsilon, Activations y, Team team) {
        run(x, weight, epsilon, y.values(), y.claimInt8(), team);
    }

    private void run(FloatMatrix x, float[] weight, float epsilon, FloatMatrix y, @Nullable Int8Rows int8, Team team) {
        RmsNorm.checkShapes(x, weight, y);
        MemorySegment factors = weights.copy(weight, 0, weight.length);
        MemorySegment rounded = struct.of(int8);
        int parts = x.columns() / weight.length;
        Rows.share(
                x.rows(),
                team,
                (from, to) -> Lutra.lutra_norm(
                        x.segment(),
                        x.stride(),
                        factors,
                        weight.length,
                        parts,
                        epsilon,
                        from,
                        to,
                        y.segment(),
                        y.stride(),
                        rounded));
    }
}
