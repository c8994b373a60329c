package dev.lutra.kernels.elementwise;

import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.MemorySegment;

/** {@link Rope} in C: the roundings of the specification, so the same bits. One call at a time. */
public final class RopeNative implements Rope {
    private final NativeFloats cosines = new NativeFloats();
    private final NativeFloats sines = new NativeFloats();

    public RopeNative() {
        NativeLibrary.get().require();
    }

    @Override
    public void apply(FloatMatrix x, int headLength, int firstPosition, RopeTable table, Team team) {
        Rope.checkShapes(x, headLength, firstPosition, table);
        int pairs = table.pairs(), heads = x.columns() / headLength;
        MemorySegment cos = cosines.copy(table.cos(), firstPosition * pairs, x.rows() * pairs);
        MemorySegment sin = sines.copy(table.sin(), firstPosition * pairs, x.rows() * pairs);
        Rows.share(
                x.rows(),
                team,
                (from, to) -> Lutra.lutra_rope(x.segment(), x.stride(), heads, headLength, pairs, cos, sin, from, to));
    }
}
