package dev.lutra.kernels;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8Quantizer;
import dev.lutra.kernels.activation.Int8QuantizerNative;
import dev.lutra.kernels.activation.Int8QuantizerScalar;
import dev.lutra.kernels.activation.Int8QuantizerVector;
import dev.lutra.kernels.attention.Attention;
import dev.lutra.kernels.attention.AttentionNative;
import dev.lutra.kernels.attention.AttentionScalar;
import dev.lutra.kernels.attention.AttentionVector;
import dev.lutra.kernels.block.BlockNative;
import dev.lutra.kernels.block.BlockScalar;
import dev.lutra.kernels.block.BlockVector;
import dev.lutra.kernels.dense.DenseLinear;
import dev.lutra.kernels.dense.DenseNative;
import dev.lutra.kernels.dense.DenseScalar;
import dev.lutra.kernels.dense.DenseVector;
import dev.lutra.kernels.elementwise.Gate;
import dev.lutra.kernels.elementwise.GateNative;
import dev.lutra.kernels.elementwise.GateScalar;
import dev.lutra.kernels.elementwise.GateVector;
import dev.lutra.kernels.elementwise.RmsNorm;
import dev.lutra.kernels.elementwise.RmsNormNative;
import dev.lutra.kernels.elementwise.RmsNormScalar;
import dev.lutra.kernels.elementwise.RmsNormVector;
import dev.lutra.kernels.elementwise.Rope;
import dev.lutra.kernels.elementwise.RopeNative;
import dev.lutra.kernels.elementwise.RopeScalar;
import dev.lutra.kernels.elementwise.RopeVector;
import dev.lutra.kernels.elementwise.Softmax;
import dev.lutra.kernels.elementwise.SoftmaxScalar;
import dev.lutra.kernels.elementwise.SoftmaxVector;
import dev.lutra.kernels.elementwise.Sum;
import dev.lutra.kernels.elementwise.SumNative;
import dev.lutra.kernels.elementwise.SumScalar;
import dev.lutra.kernels.elementwise.SumVector;
import dev.lutra.kernels.ffi.PageArena;
import dev.lutra.kernels.ffi.SparseArena;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.DigitSource;
import dev.lutra.kernels.ternary.NativeLayout;
import dev.lutra.kernels.ternary.RuntimeTensor;
import dev.lutra.kernels.ternary.SpecialKernels;
import dev.lutra.kernels.ternary.TernaryLinear;
import dev.lutra.kernels.ternary.TernaryNative;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Makes the operations of one {@link KernelKind} for one {@link Team}. */
public final class Kernels {
    private final KernelKind kind;
    private final Team team;
    private final TernaryTuning tuning;

    /** Whether the operations that this kind does not have itself use the Vector API. */
    private final boolean vectors;

    private Kernels(KernelKind kind, Team team, TernaryTuning tuning, boolean vectors) {
        this.kind = kind;
        this.team = team;
        this.tuning = tuning;
        this.vectors = vectors;
    }

    private Kernels(KernelKind kind, Team team) {
        this(
                kind,
                team,
                TernaryTuning.NONE,
                kind != KernelKind.SCALAR && KernelKind.VECTOR.whyUnavailable().isEmpty());
    }

    /**
     * The kernels of {@code kind}.
     *
     * @throws UnsupportedOperationException when this process cannot run them, saying why and what would help
     */
    public static Kernels of(KernelKind kind, Team team) {
        if (kind == KernelKind.VECTOR) VectorApi.demand();
        kind.whyUnavailable().ifPresent(reason -> {
            throw new UnsupportedOperationException(reason);
        });
        if (kind == KernelKind.VECTOR) WarmUp.start();
        return new Kernels(kind, team);
    }

    static Kernels withoutWarmUp(KernelKind kind, Team team) {
        return new Kernels(kind, team);
    }

    /** The fastest kernels that this process can run. */
    public static Kernels best(Team team) {
        if (KernelKind.NATIVE.whyUnavailable().isEmpty()) return of(KernelKind.NATIVE, team);
        VectorApi.demand();
        if (KernelKind.VECTOR.whyUnavailable().isEmpty()) return of(KernelKind.VECTOR, team);
        return of(KernelKind.SCALAR, team);
    }

    /**
     * Begins in the background what the fastest kernels need before their first product: to be called early by a program that
     * is going to run a model. Nothing depends on it.
     */
    public static void prepare() {
        WarmUp.link();
    }

    /** The same kernels, which lay ternary matrices out as {@code choices} say for their shape. */
    public Kernels tuned(TernaryTuning choices) {
        return new Kernels(kind, team, choices, vectors);
    }

    /**
     * These kernels when they may be trusted; otherwise, with a warning, such as do without the Vector API. To be asked once
     * everything is loaded and before the first product: kernels are checked while a model is read.
     */
    public Kernels sound() {
        return vectors ? without(WarmUp.wrong()) : this;
    }

    /**
     * Waits for nothing; to be called before every use of what was loaded.
     *
     * @throws UnsupportedOperationException when kernels that were right are wrong since the JIT compiler has compiled them
     */
    public void requireSound() {
        if (!vectors || WarmUp.compiledWrong().isEmpty()) return;
        throw new UnsupportedOperationException(wrong(WarmUp.compiledWrong())
                + ", now that they are compiled; use --kernel native or scalar. Please report this with the output of"
                + " java -version");
    }

    private static String wrong(List<String> operations) {
        return "Vector API kernels give wrong results on this JVM (" + String.join(", ", operations) + ")";
    }

    /** @param wrong the Vector API's operations that give wrong results, by name */
    Kernels without(List<String> wrong) {
        if (wrong.isEmpty()) return this;
        System.getLogger(Kernels.class.getName())
                .log(
                        System.Logger.Level.WARNING,
                        wrong(wrong) + "; going on without them, slowly. Please report this with the output of java"
                                + " -version");
        return new Kernels(kind == KernelKind.VECTOR ? KernelKind.SCALAR : kind, team, tuning, false);
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
        return ternaryOf(stacked.stream().map(DigitSource::of).toList(), arena);
    }

    /** The same from sources; native kernels decode no more than a few rows of them at a time. */
    public TernaryLinear ternaryOf(List<DigitSource> stacked, Arena arena) {
        DigitSource first = stacked.getFirst();
        if (kind == KernelKind.NATIVE
                && stacked.size() == 1
                && first instanceof RuntimeTensor tensor
                && TernaryNative.isAligned(tensor)
                && NativeLayout.fast(tensor.digits()).contains(tensor.layout()))
            return TernaryNative.mapped(tensor, tuning.generated(), arena);
        int rows = stacked.stream().mapToInt(DigitSource::rows).sum();
        TernaryTuning.Choice choice = tuning.choice(kind, rows, first.columns(), first.digits())
                .orElseGet(() -> new TernaryTuning.Choice(TernaryVariant.preferred(kind, first.digits()), false));
        SpecialKernels generated = choice.generated() ? tuning.generated() : SpecialKernels.NONE;
        return choice.variant().prepareOf(stacked, generated, arena, team);
    }

    /**
     * F32, F16 or BF16 weights, multiplied where they lie.
     *
     * @param data {@code rows} x {@code columns} little-endian, which must outlive the result
     */
    public DenseLinear dense(GgmlType type, MemorySegment data, int rows, int columns) {
        if (kind == KernelKind.NATIVE) return new DenseNative(type, data, rows, columns);
        return vectors ? new DenseVector(type, data, rows, columns) : new DenseScalar(type, data, rows, columns);
    }

    /**
     * Weights in rows of blocks.
     *
     * @param data {@code rows} x {@code columns} in the codec's format, which must outlive the result
     */
    public Linear blocks(RowCodec codec, MemorySegment data, int rows, int columns) {
        if (DenseLinear.handles(codec.type())) return dense(codec.type(), data, rows, columns);
        if (kind == KernelKind.NATIVE && BlockNative.handles(codec.type()))
            return new BlockNative(codec.type(), data, rows, columns);
        if (kind == KernelKind.NATIVE) VectorApi.demand();
        if (!vectors) return new BlockScalar(codec, data, rows, columns);
        if (kind == KernelKind.NATIVE) WarmUp.start();
        return new BlockVector(codec, data, rows, columns);
    }

    /** An arena for the buffers that these kernels read and write. It may be closed by any thread. */
    public Arena buffers() {
        return kind == KernelKind.NATIVE ? new PageArena() : Arena.ofShared();
    }

    /** An arena for what grows with a text, of which pages count once they are written. It may be closed by any thread. */
    public Arena growing() {
        return kind == KernelKind.NATIVE ? new SparseArena() : Arena.ofShared();
    }

    /** Room for the input of matrix products. */
    public Activations activations(Arena arena, int maxTokens, int columns) {
        return new Activations(arena, maxTokens, columns, quantizer());
    }

    private Int8Quantizer quantizer() {
        if (kind == KernelKind.NATIVE) return new Int8QuantizerNative();
        return vectors ? new Int8QuantizerVector() : new Int8QuantizerScalar();
    }

    public RmsNorm rmsNorm() {
        if (kind == KernelKind.NATIVE) return new RmsNormNative();
        return vectors ? new RmsNormVector() : new RmsNormScalar();
    }

    public Gate gate() {
        if (kind == KernelKind.NATIVE) return new GateNative();
        return vectors ? new GateVector() : new GateScalar();
    }

    public Rope rope() {
        if (kind == KernelKind.NATIVE) return new RopeNative();
        return vectors ? new RopeVector() : new RopeScalar();
    }

    public Sum sum() {
        if (kind == KernelKind.NATIVE) return new SumNative();
        return vectors ? new SumVector() : new SumScalar();
    }

    public Softmax softmax() {
        return vectors ? new SoftmaxVector() : new SoftmaxScalar();
    }

    public Attention attention() {
        if (kind == KernelKind.NATIVE) return new AttentionNative();
        return vectors ? new AttentionVector() : new AttentionScalar();
    }
}
