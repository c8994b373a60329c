package dev.lutra.tools.command;

import dev.lutra.gguf.model.KnownModel.Shape;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.NativeLayout;
import dev.lutra.kernels.ternary.SpecialKernels;
import dev.lutra.lutgen.source.KernelCompiler;
import dev.lutra.lutgen.source.KernelSource;
import dev.lutra.lutgen.tune.Candidate;
import dev.lutra.lutgen.tune.Measurement;
import dev.lutra.lutgen.tune.StackedShapes;
import dev.lutra.lutgen.tune.Tuner;
import dev.lutra.lutgen.tune.TuningFile;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.cli.IntList;
import dev.lutra.tools.machine.Machine;
import dev.lutra.tools.report.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What {@code generate-kernels} does beside the ini files: source for the shapes, its compilation, measurements. */
public final class TuneOptions {
    /** Weights that are decoded in turn: more than a core's share of the caches holds. */
    private static final long FROM_MEMORY = 96L << 20;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    @Option(
            names = "--tune",
            description = "Measure every kernel on this machine for every shape and write the winners, which"
                    + " --kernel-config of run-inference and e2e-benchmark reads.")
    private boolean tune;

    @Option(
            names = "--compile",
            description = "Compile the generated source with the machine's C compiler; with --tune its kernels are"
                    + " candidates.")
    private boolean compile;

    @Option(
            names = "--digits",
            paramLabel = "LIST",
            defaultValue = "1,2",
            converter = IntList.Converter.class,
            description = "Ternary digits per weight that are tuned and compiled for: 1 (tl1, tl2, i2_s), 2, 3. Default"
                    + " 1,2.")
    private IntList digits;

    @Option(
            names = "--kernel",
            paramLabel = "LIST",
            split = ",",
            description = "Kernels to tune: native, vector, scalar; default: native and vector where they work.")
    private List<KernelKind> kinds = new ArrayList<>();

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "0.3",
            description = "Time for each figure of --tune. Default 0.3.")
    private double seconds;

    /** Whether the user wants measurements. */
    boolean isTuning() {
        return tune;
    }

    /** Writes the C sources for {@code model} into {@code folder} and, if asked to, compiles and measures. */
    Table run(NamedModel model, Path folder, PrintWriter out, PrintWriter err) throws IOException {
        for (int count : digits.values())
            if (count < 1 || count > 3) throw new CommandFailure("--digits takes 1, 2 and 3, not " + count);
        List<Shape> shapes = StackedShapes.of(model.config());
        List<KernelSource> sources = new ArrayList<>();
        for (NativeLayout layout : NativeLayout.values())
            sources.add(new KernelSource(model.name(), layout, shapes, digits.values()));
        Files.createDirectories(folder);
        for (KernelSource source : sources) out.println("wrote " + source.write(folder));
        List<Path> libraries = compile ? compile(sources, folder, out) : List.of();
        return tune ? tune(shapes, libraries, folder, out, err) : table();
    }

    private List<Path> compile(List<KernelSource> sources, Path folder, PrintWriter out) throws IOException {
        if (KernelKind.NATIVE.whyUnavailable().isPresent())
            throw new CommandFailure(
                    "--compile: " + KernelKind.NATIVE.whyUnavailable().get());
        KernelCompiler compiler = KernelCompiler.find()
                .orElseThrow(() -> new CommandFailure("--compile: no C compiler (looked for $CC, cc, gcc, clang)"));
        List<Path> libraries = new ArrayList<>();
        for (KernelSource source : sources)
            if (NativeLayout.fast(digits.values().getFirst()).contains(source.layout())) {
                libraries.add(compiler.compile(folder.resolve(source.fileName()), source.layout()));
                out.println("compiled " + libraries.getLast());
            }
        return libraries;
    }

    private static Table table() {
        return new Table(
                "kernel", "threads", "digits", "rows", "columns", "candidate", "decode us", "prefill us", "winner");
    }

    private Table tune(List<Shape> shapes, List<Path> libraries, Path folder, PrintWriter out, PrintWriter err)
            throws IOException {
        Table table = table();
        List<Measurement> all = new ArrayList<>();
        SpecialKernels generated = SpecialKernels.load(libraries, err::println);
        try (Team team = Team.of(threads.threads())) {
            Tuner tuner = new Tuner(team, seconds, FROM_MEMORY, generated);
            for (KernelKind kind : kinds())
                for (int count : digits.values())
                    for (Shape shape : shapes) {
                        Measurement measured = tuner.measure(kind, shape, count);
                        all.add(measured);
                        add(table, measured);
                        err.println(measured.kernel() + ", " + count + " digit(s), " + shape.m() + " x " + shape.k()
                                + ": " + measured.winner().label());
                        err.flush();
                    }
        }
        List<String> names =
                libraries.stream().map(file -> file.getFileName().toString()).toList();
        out.println("wrote " + TuningFile.of(Machine.describe(), names, all).write(folder));
        return table;
    }

    private List<KernelKind> kinds() {
        if (!kinds.isEmpty()) return kinds;
        List<KernelKind> working = new ArrayList<>(List.of(KernelKind.NATIVE, KernelKind.VECTOR));
        working.removeIf(kind -> kind.whyUnavailable().isPresent());
        return working;
    }

    private static void add(Table table, Measurement measured) {
        for (Candidate candidate : measured.candidates())
            table.add(
                    measured.kernel(),
                    measured.threads(),
                    measured.digits(),
                    measured.rows(),
                    measured.columns(),
                    candidate.label(),
                    Table.number(candidate.decodeMicros(), 1),
                    Table.number(candidate.prefillMicros(), 0),
                    new Table.Cell(
                            candidate.equals(measured.winner()), candidate.equals(measured.winner()) ? "*" : ""));
    }
}
