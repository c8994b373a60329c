package dev.lutra.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lutra.gguf.model.HfConfig;
import dev.lutra.gguf.model.KnownModel.Shape;
import dev.lutra.kernels.KernelKind;
import dev.lutra.lutgen.source.KernelCompiler;
import dev.lutra.lutgen.tune.Candidate;
import dev.lutra.lutgen.tune.Measurement;
import dev.lutra.lutgen.tune.StackedShapes;
import dev.lutra.lutgen.tune.TuningFile;
import dev.lutra.tools.machine.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class GenerateKernelsCommandTest {
    private static final Path STORY = Outcome.storyModel();

    @TempDir
    private Path folder;

    /** A tuning file in which {@code variant} won everywhere. */
    private Path tuning(String variant, boolean generated, Map<String, Object> machine, List<String> libraries)
            throws IOException {
        List<Measurement> measurements = new ArrayList<>();
        Candidate winner = new Candidate(variant, generated, 1, 1);
        for (Shape shape : StackedShapes.of(HfConfig.load(STORY)))
            measurements.add(new Measurement(1, 1, shape.m(), shape.k(), "native", winner, List.of(winner)));
        return TuningFile.of(machine, libraries, measurements).write(folder);
    }

    private JsonNode logits(Object... more) {
        Path model = folder.resolve("story.gguf");
        if (!Files.exists(model))
            Outcome.of("convert-qwen25", STORY, "--quant", "tl2", "-o", model).done();
        List<Object> arguments = new ArrayList<>(List.of("logits", "-m", model, "--ids", "5,17,300", "--json"));
        arguments.addAll(List.of(more));
        return Outcome.of(arguments.toArray()).done().json();
    }

    @Test
    void writesTilesAndSource() throws IOException {
        Outcome.of("generate-kernels", STORY, "--output", folder).done();
        for (String name : List.of(
                "kernel_config_tl1.ini",
                "kernel_config_tl2.ini",
                "lutra_five.c",
                "lutra_quint.c",
                "lutra_codes.c",
                "lutra_triple.c")) assertTrue(Files.size(folder.resolve(name)) > 100, name);
        Outcome.of("generate-kernels", STORY, "--output", folder, "--digits", "4")
                .failed(1, "--digits");
    }

    @Test
    void tunedModelsGiveTheSameLogits() throws IOException {
        assumeTrue(KernelKind.NATIVE.whyUnavailable().isEmpty(), "no native kernels here");
        Path file = tuning("codes", false, Machine.describe(), List.of());
        assertEquals(logits(), logits("--kernel-config", file));
    }

    @Test
    void compiledKernelsGiveTheSameLogits() throws IOException {
        assumeTrue(KernelKind.NATIVE.whyUnavailable().isEmpty(), "no native kernels here");
        assumeTrue(KernelCompiler.find().isPresent(), "no C compiler here");
        Outcome made = Outcome.of("generate-kernels", STORY, "--output", folder, "--compile", "--digits", "1")
                .done();
        List<String> libraries = made.out()
                .lines()
                .filter(line -> line.startsWith("compiled "))
                .map(line -> Path.of(line.substring(9)).getFileName().toString())
                .toList();
        assertTrue(!libraries.isEmpty(), made.out());
        String variant = libraries.getFirst().replaceAll("^.*lutra_|\\..*$", "");
        Path file = tuning(variant, true, Machine.describe(), libraries);
        assertEquals(logits(), logits("--kernel-config", file));
    }

    @Test
    void filesOfAnotherMachineAreUsedWithAWarning() throws IOException {
        Path file = tuning("codes", false, Map.of("cpu", "abacus", "isa", "beads"), List.of());
        Path model = folder.resolve("story.gguf");
        logits();
        Outcome outcome = Outcome.of("logits", "-m", model, "--ids", "5", "--json", "--kernel-config", file);
        assertTrue(outcome.done().err().contains("abacus"), outcome.err());
        Files.writeString(file, "{");
        Outcome.of("logits", "-m", model, "--ids", "5", "--kernel-config", file).failed(1, "kernel_tuning.json");
    }
}
