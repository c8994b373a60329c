package dev.lutra.tools.harness;

import dev.lutra.gguf.model.KnownModel.Shape;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.TernaryVariant;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.kernels.team.Team;
import dev.lutra.lutgen.measure.ProductTimer;
import dev.lutra.lutgen.measure.RandomMatrix;
import dev.lutra.quant.ternary.DigitMatrix;
import dev.lutra.tools.report.Progress;
import dev.lutra.tools.report.Table;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Ternary kernels alone: one token by a matrix in cache and from memory, and a batch of tokens. */
public final class KernelSuite {
    /** Tokens of the batch. */
    public static final int BATCH = 512;

    /** More weights than the caches of one core's share hold. */
    public static final long FROM_MEMORY = 96L << 20;

    /** Windows of warming up: the JIT compiler takes about a second for a kernel, and less for the call of a native one. */
    private static final double VECTOR_WARM_UP = 1;

    private static final double NATIVE_WARM_UP = 0.4;

    private final double seconds;
    private final long memoryBytes;
    private final Progress progress;
    private final Table table = new Table(
            "kernel",
            "digits",
            "threads",
            "shape",
            "cache GMAC/s",
            "memory GMAC/s",
            "GB/s",
            "of read",
            "GEMM GMAC/s",
            "of peak");

    /**
     * @param seconds time for each figure
     * @param memoryBytes of weights that are multiplied by in turn, so that none is in a cache: {@link #FROM_MEMORY}
     */
    public KernelSuite(double seconds, long memoryBytes, Progress progress) {
        this.seconds = seconds;
        this.memoryBytes = memoryBytes;
        this.progress = progress;
    }

    /** One row for every variant of {@code kind} and one to {@code mostDigits} digits. */
    public void run(KernelKind kind, List<Shape> shapes, int mostDigits, Roofline roofline) {
        for (Shape shape : shapes)
            for (int digits = 1; digits <= mostDigits; digits++)
                for (TernaryVariant variant : TernaryVariant.available(kind, digits))
                    measure(variant, shape, digits, roofline);
    }

    private void measure(TernaryVariant variant, Shape shape, int digits, Roofline roofline) {
        double warmUp = variant.kind() == KernelKind.NATIVE ? NATIVE_WARM_UP : VECTOR_WARM_UP;
        try (Team team = Team.of(roofline.threads());
                Arena source = Arena.ofShared();
                Arena arena = Arena.ofShared()) {
            DigitMatrix matrix = RandomMatrix.of(shape.m(), shape.k(), digits, 1, source);
            Kernels kernels = Kernels.of(variant.kind(), team);
            ProductTimer timer = new ProductTimer(kernels, warmUp, seconds);
            Linear first = variant.prepare(List.of(matrix), arena, team);
            List<Linear> many = new ArrayList<>(List.of(first));
            while (many.size() * first.weightBytes() < memoryBytes)
                many.add(variant.prepare(List.of(matrix), arena, team));
            double cache = timer.seconds(List.of(first), 1),
                    before = roofline.now().readBytes();
            double memory = timer.seconds(many, 1),
                    bandwidth = Math.max(before, roofline.now().readBytes());
            double batch = timer.seconds(List.of(first), BATCH);
            double work = (double) shape.m() * shape.k(), read = first.weightBytes() / memory;
            table.add(
                    variant.kind().name().toLowerCase(Locale.ROOT) + " " + variant.label(),
                    digits,
                    team.size(),
                    shape.m() + " x " + shape.k(),
                    Cells.giga(work / cache),
                    Cells.giga(work / memory),
                    Cells.giga(read),
                    Cells.share(read, bandwidth),
                    Cells.giga(work * BATCH / batch),
                    Cells.share(work * BATCH / batch, roofline.multiplyAdds()));
            progress.log(String.format(
                    Locale.ROOT,
                    "%s, %d digit(s), %d thread(s), %d x %d: %.1f GMAC/s in cache",
                    variant.label(),
                    digits,
                    team.size(),
                    shape.m(),
                    shape.k(),
                    work / cache * 1e-9));
        }
    }

    public Table table() {
        return table;
    }
}
