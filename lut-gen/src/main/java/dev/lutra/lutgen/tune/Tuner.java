package dev.lutra.lutgen.tune;

import dev.lutra.gguf.model.KnownModel.Shape;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.TernaryVariant;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.SpecialKernels;
import dev.lutra.lutgen.measure.ProductTimer;
import dev.lutra.lutgen.measure.RandomMatrix;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Times every variant that this machine has on matrices of a model's shapes. */
public final class Tuner {
    /** Tokens of the prefill that is timed. */
    public static final int BATCH = 256;

    private final Team team;
    private final double seconds;
    private final long memoryBytes;
    private final SpecialKernels generated;

    /**
     * @param team what the model will run on: more threads share the memory's bandwidth, which favours smaller layouts
     * @param seconds time for each figure
     * @param memoryBytes of weights that are decoded in turn, more than caches hold
     * @param generated kernels compiled for the shapes, which are candidates too
     */
    public Tuner(Team team, double seconds, long memoryBytes, SpecialKernels generated) {
        this.team = team;
        this.seconds = seconds;
        this.memoryBytes = memoryBytes;
        this.generated = generated;
    }

    /** Measures all variants of {@code kind} for a matrix of {@code shape}. */
    public Measurement measure(KernelKind kind, Shape shape, int digits) {
        Kernels kernels = Kernels.of(kind, team);
        ProductTimer timer = new ProductTimer(kernels, kind == KernelKind.VECTOR ? 1 : 0.3, seconds);
        List<Candidate> candidates = new ArrayList<>();
        try (Arena source = Arena.ofShared()) {
            DigitMatrix matrix = RandomMatrix.of(shape.m(), shape.k(), digits, 1, source);
            for (TernaryVariant variant : TernaryVariant.available(kind, digits))
                measure(variant, matrix, timer, candidates);
        }
        return new Measurement(
                team.size(),
                digits,
                shape.m(),
                shape.k(),
                kind.name().toLowerCase(Locale.ROOT),
                Candidate.best(candidates),
                candidates);
    }

    private void measure(TernaryVariant variant, DigitMatrix matrix, ProductTimer timer, List<Candidate> candidates) {
        candidates.add(measure(variant, SpecialKernels.NONE, matrix, timer));
        if (generated.has(variant.label(), matrix)) candidates.add(measure(variant, generated, matrix, timer));
    }

    private Candidate measure(TernaryVariant variant, SpecialKernels special, DigitMatrix matrix, ProductTimer timer) {
        try (Arena arena = Arena.ofShared()) {
            List<Linear> linears = new ArrayList<>();
            do linears.add(variant.prepare(List.of(matrix), special, arena, team));
            while (linears.size() * linears.getFirst().weightBytes() < memoryBytes);
            double decode = timer.seconds(linears, 1), prefill = timer.seconds(linears.subList(0, 1), BATCH);
            return new Candidate(variant.label(), special != SpecialKernels.NONE, decode * 1e6, prefill * 1e6);
        }
    }
}
