package dev.lutra.tools.command;

import dev.lutra.gguf.model.KnownModel.Shape;
import dev.lutra.kernels.KernelKind;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.cli.IntList;
import dev.lutra.tools.embedded.EmbeddedModel;
import dev.lutra.tools.harness.KernelSuite;
import dev.lutra.tools.harness.ModelSuite;
import dev.lutra.tools.harness.Roofline;
import dev.lutra.tools.harness.StartupSuite;
import dev.lutra.tools.machine.Machine;
import dev.lutra.tools.report.OutputFormat;
import dev.lutra.tools.report.Progress;
import dev.lutra.tools.report.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code harness}, which {@code bench/run} starts: everything that the project claims about speed, measured in one run. */
@Command(
        name = "harness",
        hidden = true,
        description =
                "Measures the machine's roofline, the ternary kernels and whole models of random weights, and prints"
                        + " every figure beside its share of the roofline. The models are made on first use.")
public final class HarnessCommand extends BaseCommand {
    private static final List<String> PARTS = List.of("kernels", "models", "startup");

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "LIST",
            defaultValue = "1,2",
            converter = IntList.Converter.class,
            description = "Thread counts. Default 1,2.")
    private IntList threads;

    @Option(
            names = "--kernel",
            paramLabel = "LIST",
            split = ",",
            defaultValue = "native,vector",
            description = "Kernels. Default native,vector.")
    private List<KernelKind> kinds = new ArrayList<>();

    @Option(
            names = "--parts",
            paramLabel = "LIST",
            split = ",",
            defaultValue = "kernels,models,startup",
            description = "kernels, models, startup; the roofline is always measured. Default all.")
    private List<String> parts = new ArrayList<>();

    @Option(
            names = "--digits",
            paramLabel = "N",
            defaultValue = "3",
            description = "Most ternary digits of the kernels that are measured. Default 3.")
    private int digits;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "0.4", description = "For each figure of a kernel.")
    private double seconds;

    @Option(
            names = "--sizes",
            paramLabel = "LIST",
            split = ",",
            defaultValue = "0.5B,1.5B",
            description = "Models: 0.5B, 1.5B, 7B and others; 7B takes 2 GB of disk per format. Default 0.5B,1.5B.")
    private List<String> sizes = new ArrayList<>();

    @Option(
            names = "--formats",
            paramLabel = "LIST",
            split = ",",
            defaultValue = "tl2,tl2x2",
            description = "Their formats, one digit first. Default tl2,tl2x2.")
    private List<String> formats = new ArrayList<>();

    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            description = "GGUF models that startup measures instead, such as one with a real vocabulary; repeatable.")
    private List<Path> files = new ArrayList<>();

    @Option(
            names = {"-p", "--n-prompt"},
            paramLabel = "N",
            defaultValue = "512",
            description = "Tokens to prefill. Default 512.")
    private int prompt;

    @Option(
            names = {"-n", "--n-gen"},
            paramLabel = "N",
            defaultValue = "128",
            description = "Tokens to decode. Default 128.")
    private int generated;

    @Option(
            names = {"-r", "--repetitions"},
            paramLabel = "N",
            defaultValue = "3",
            description = "Repetitions, of which the fastest counts. Default 3.")
    private int repetitions;

    @Option(
            names = "--quick",
            description = "Two minutes: 0.5B only, one and two digits, one repetition of 32 decoded tokens.")
    private boolean quick;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "md",
            description = "md (default) or json.")
    private OutputFormat format;

    @Override
    protected void run() throws IOException {
        if (format != OutputFormat.md && format != OutputFormat.json) throw usage("-o takes md or json");
        for (int count : threads.values()) if (count < 1) throw usage("-t must be positive, not " + count);
        for (String part : parts)
            if (!PARTS.contains(part)) throw usage("--parts takes " + PARTS + ", not '" + part + "'");
        if (quick) {
            sizes = List.of("0.5B");
            digits = Math.min(digits, 2);
            repetitions = 1;
            generated = Math.min(generated, 32);
            seconds = Math.min(seconds, 0.2);
        }
        try (Progress progress = Progress.of("measuring", 0)) {
            List<Roofline> rooflines =
                    threads.values().stream().map(Roofline::measure).toList();
            KernelSuite kernelSuite = new KernelSuite(seconds, KernelSuite.FROM_MEMORY, progress);
            ModelSuite modelSuite = new ModelSuite(prompt, generated, repetitions, progress);
            if (parts.contains("kernels")) kernels(kernelSuite, rooflines);
            if (parts.contains("models")) models(modelSuite, rooflines);
            StartupSuite startupSuite = new StartupSuite();
            if (parts.contains("startup")) startup(startupSuite);
            print(Roofline.table(rooflines), kernelSuite.table(), modelSuite.table(), startupSuite.table());
        }
    }

    private void kernels(KernelSuite suite, List<Roofline> rooflines) {
        // gate or up projection of the 0.5B in a core's own caches; wide and deep ones only where time allows
        List<Shape> shapes =
                quick ? List.of(new Shape(4864, 896)) : List.of(new Shape(4864, 896), new Shape(896, 4864));
        for (KernelKind kind : kinds) for (Roofline roofline : rooflines) suite.run(kind, shapes, digits, roofline);
    }

    private void models(ModelSuite suite, List<Roofline> rooflines) throws IOException {
        for (String size : sizes)
            for (KernelKind kind : kinds)
                for (Roofline roofline : rooflines)
                    for (String quant : formats) suite.run(model(size, quant), size, quant, kind, roofline);
    }

    private void startup(StartupSuite suite) throws IOException {
        String program =
                System.getProperty("sun.java.command", "dev.lutra.tools.Lutra").split(" ")[0];
        int count = threads.values().getLast();
        for (Path file : files) suite.run(file, String.valueOf(file.getFileName()), count, program);
        if (!files.isEmpty()) return;
        for (String quant : formats) suite.run(model("0.5B", quant), "0.5B " + quant, count, program);
    }

    /** The file with random weights of that size and format, made unless it is there. */
    private Path model(String size, String quant) throws IOException {
        // 7B and larger are untied: their head is a matrix of its own
        String head = List.of("0.5B", "1.5B", "3B").contains(size) ? "q8_0" : "q6_k";
        Path folder = Files.createDirectories(EmbeddedModel.cacheFolder().resolve("bench"));
        Path file = folder.resolve(size + "-" + quant + "-" + head + ".gguf");
        if (Files.exists(file)) return file;
        err().println("making " + file);
        err().flush();
        int code = new CommandLine(new DummyModelCommand())
                .setOut(err())
                .setErr(err())
                .execute(
                        size,
                        "--format",
                        "gguf",
                        "--quant",
                        quant,
                        "--token-embedding-type",
                        "q8_0",
                        "--output-type",
                        head,
                        "-o",
                        file.toString());
        if (code != 0) throw new CommandFailure("could not make " + file);
        return file;
    }

    private void print(Table roofline, Table kernels, Table models, Table startup) {
        if (format == OutputFormat.json) {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("machine", Machine.describe());
            all.put("roofline", roofline.objects());
            all.put("kernels", kernels.objects());
            all.put("models", models.objects());
            all.put("startup", startup.objects());
            out().println(JsonMapper.builder()
                    .build()
                    .writerWithDefaultPrettyPrinter()
                    .writeValueAsString(all));
            return;
        }
        Machine.describe().forEach((what, found) -> out().println("- " + what + ": " + found));
        out().println("\nRoofline\n\n" + roofline.render(format));
        if (parts.contains("kernels"))
            out().println("One token in cache and from memory, and " + KernelSuite.BATCH + " tokens\n\n"
                    + kernels.render(format));
        if (parts.contains("startup")) out().println("A process to its first token\n\n" + startup.render(format));
        if (parts.contains("models"))
            out().println("Models of random weights: pp" + prompt + ", tg" + generated + "\n\n"
                    + models.render(format));
    }
}
