package dev.lutra.kernels;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8QuantizerScalar;
import dev.lutra.kernels.attention.Attention;
import dev.lutra.kernels.attention.AttentionScalar;
import dev.lutra.kernels.block.BlockScalar;
import dev.lutra.kernels.dense.DenseLinear;
import dev.lutra.kernels.dense.DenseScalar;
import dev.lutra.kernels.elementwise.Gate;
import dev.lutra.kernels.elementwise.GateScalar;
import dev.lutra.kernels.elementwise.RmsNorm;
import dev.lutra.kernels.elementwise.RmsNormScalar;
import dev.lutra.kernels.elementwise.Rope;
import dev.lutra.kernels.elementwise.RopeScalar;
import dev.lutra.kernels.elementwise.Softmax;
import dev.lutra.kernels.elementwise.SoftmaxScalar;
import dev.lutra.kernels.elementwise.Sum;
import dev.lutra.kernels.elementwise.SumScalar;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.TernaryLinear;
import dev.lutra.kernels.ternary.TernaryNative;
import dev.lutra.kernels.ternary.TernaryScalar;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Makes the operations of one {@link KernelKind} for one {@link Team}. */
public final class Kernels {
    private final KernelKind kind;
    private final Team team;

    private Kernels(KernelKind kind, Team team) {
        this.kind = kind;
        this.team = team;
    }

    /**
     * The kernels of {@code kind}.
     *
     * @throws UnsupportedOperationException when this process cannot run them, saying why and what would help
     */
    public static Kernels of(KernelKind kind, Team team) {
        switch (kind) {
            case SCALAR -> {}
            case VECTOR -> throw new UnsupportedOperationException(kind + " kernels are not built in");
            case NATIVE -> NativeLibrary.get().require();
        }
        return new Kernels(kind, team);
    }

    /** The fastest kernels that this process can run. */
    public static Kernels best(Team team) {
        return of(NativeLibrary.get().isAvailable() ? KernelKind.NATIVE : KernelKind.SCALAR, team);
    }

    public KernelKind kind() {
        return kind;
    }

    public Team team() {
        return team;
    }

    /**
     * Ternary or multi-digit weights in this kind's run-time layout, which lies in {@code arena}; the source may be dropped
     * afterwards. Several matrices of the same columns, digits and group are stacked: the product's rows are those of the
     * first, then those of the second, and so on.
     */
    public TernaryLinear ternary(List<DigitMatrix> stacked, Arena arena) {
        return kind == KernelKind.NATIVE
                ? new TernaryNative(stacked, arena, team)
                : new TernaryScalar(stacked, arena, team);
    }

    /**
     * F32, F16 or BF16 weights, multiplied where they lie.
     *
     * @param data {@code rows} x {@code columns} little-endian, which must outlive the result
     */
    public DenseLinear dense(GgmlType type, MemorySegment data, int rows, int columns) {
        return new DenseScalar(type, data, rows, columns);
    }

    /**
     * Weights in rows of blocks.
     *
     * @param data {@code rows} x {@code columns} in the codec's format, which must outlive the result
     */
    public Linear blocks(RowCodec codec, MemorySegment data, int rows, int columns) {
        if (DenseLinear.handles(codec.type())) return dense(codec.type(), data, rows, columns);
        return new BlockScalar(codec, data, rows, columns);
    }

    /** Room for the input of matrix products. */
    public Activations activations(Arena arena, int maxTokens, int columns) {
        return new Activations(arena, maxTokens, columns, new Int8QuantizerScalar());
    }

    public RmsNorm rmsNorm() {
        return new RmsNormScalar();
    }

    public Gate gate() {
        return new GateScalar();
    }

    public Rope rope() {
        return new RopeScalar();
    }

    public Sum sum() {
        return new SumScalar();
    }

    public Softmax softmax() {
        return new SoftmaxScalar();
    }

    public Attention attention() {
        return new AttentionScalar();
    }
}
