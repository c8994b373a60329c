package dev.lutra.kernels;

import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.DigitSource;
import dev.lutra.kernels.ternary.NativeLayout;
import dev.lutra.kernels.ternary.SpecialKernels;
import dev.lutra.kernels.ternary.TernaryLinear;
import dev.lutra.kernels.ternary.TernaryMultiply;
import dev.lutra.kernels.ternary.TernaryNative;
import dev.lutra.kernels.ternary.TernaryScalar;
import dev.lutra.kernels.ternary.TernaryVector;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The ways to lay out and multiply a ternary matrix: what a tuner chooses among. All give the same sums. */
public enum TernaryVariant {
    /** Plain loops. */
    SCALAR(KernelKind.SCALAR),
    /** Tables of three trits, Vector API, 512-bit vectors. */
    LOOKUP(KernelKind.VECTOR),
    /** Decoded to int8 and multiplied, Vector API. */
    MULTIPLY(KernelKind.VECTOR),
    /** Tables of five trits, C. */
    QUINT(KernelKind.NATIVE),
    /** Tables of three trits, C. */
    FIVE(KernelKind.NATIVE),
    /** Packed levels, multiplied, C. */
    CODES(KernelKind.NATIVE),
    /** Tables of half a triple's sums, C. */
    TRIPLE(KernelKind.NATIVE);

    private final KernelKind kind;

    TernaryVariant(KernelKind kind) {
        this.kind = kind;
    }

    /** Whose kernels it is made of. */
    public KernelKind kind() {
        return kind;
    }

    /** "quint" and the like. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The variants of {@code kind} with kernels of their own on this machine, the one to take untuned first. */
    public static List<TernaryVariant> available(KernelKind kind, int digits) {
        return switch (kind) {
            case SCALAR -> List.of(SCALAR);
            case VECTOR -> TernaryVector.isSupported() ? List.of(LOOKUP, MULTIPLY) : List.of(MULTIPLY);
            case NATIVE ->
                NativeLayout.fast(digits).stream()
                        .map(layout -> valueOf(layout.name()))
                        .toList();
        };
    }

    /** The variant to take when nothing is known about machine and shape. */
    static TernaryVariant preferred(KernelKind kind, int digits) {
        if (kind == KernelKind.NATIVE)
            return valueOf(NativeLayout.preferred(digits).name());
        return available(kind, digits).getFirst();
    }

    /** The variant called {@code label}, in any letter case. */
    public static TernaryVariant named(String label) {
        return Arrays.stream(values())
                .filter(variant -> variant.label().equalsIgnoreCase(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no kernel for ternary matrices is called " + label));
    }

    /**
     * Lays out {@code stacked}, one below the other, in memory of {@code arena}.
     *
     * @throws UnsupportedOperationException when this process cannot run it
     */
    public TernaryLinear prepare(List<DigitMatrix> stacked, Arena arena, Team team) {
        return prepare(stacked, SpecialKernels.NONE, arena, team);
    }

    /** The same, with the one of {@code generated} that fits; only native variants have such kernels. */
    public TernaryLinear prepare(List<DigitMatrix> stacked, SpecialKernels generated, Arena arena, Team team) {
        return prepareOf(stacked.stream().map(DigitSource::of).toList(), generated, arena, team);
    }

    TernaryLinear prepareOf(List<DigitSource> stacked, SpecialKernels generated, Arena arena, Team team) {
        if (kind == KernelKind.NATIVE)
            return TernaryNative.of(stacked, NativeLayout.valueOf(name()), generated, arena, team);
        try (Arena decoded = Arena.ofShared()) {
            List<DigitMatrix> matrices = new ArrayList<>();
            for (DigitSource source : stacked) matrices.add(decode(source, decoded, team));
            return switch (this) {
                case SCALAR -> new TernaryScalar(matrices, arena, team);
                case LOOKUP -> new TernaryVector(matrices, arena, team);
                default -> new TernaryMultiply(matrices, arena, team);
            };
        }
    }

    /** All rows of {@code source}, each worker its share. */
    private static DigitMatrix decode(DigitSource source, Arena arena, Team team) {
        if (source instanceof DigitSource.MatrixSource whole) return whole.matrix();
        DigitMatrix matrix = source.window(source.rows(), arena);
        team.run((worker, workers) -> {
            Share share = Share.of(source.rows(), source.rowStep(), worker, workers);
            if (share.size() == 0) return;
            try (Arena part = Arena.ofConfined()) {
                DigitMatrix rows = source.window(share.size(), part);
                source.read(share.from(), share.to(), rows);
                DigitSource.copy(rows, matrix, share.from());
            }
        });
        System.arraycopy(source.rowScales(), 0, matrix.rowScales(), 0, source.rows());
        return matrix;
    }
}
