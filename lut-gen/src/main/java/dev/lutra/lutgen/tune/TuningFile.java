package dev.lutra.lutgen.tune;

import dev.lutra.kernels.TernaryTuning;
import dev.lutra.kernels.ternary.SpecialKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code kernel_tuning.json}: what was measured on one machine, next to the ini files of the model, whose readers know nothing
 * of it.
 *
 * @param format version of this file's layout
 * @param machine processor, instruction set and the like; a file of another machine is used with a warning
 * @param libraries generated kernels that were candidates: file names in the folder of this file
 * @param measurements of one or more thread counts
 */
public record TuningFile(
        int format, Map<String, Object> machine, List<String> libraries, List<Measurement> measurements) {
    /** The name of the file in a model's folder. */
    public static final String NAME = "kernel_tuning.json";

    private static final int FORMAT = 1;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    public TuningFile {
        machine = Map.copyOf(machine);
        libraries = List.copyOf(libraries);
        measurements = List.copyOf(measurements);
    }

    /** What was measured on {@code machine}. */
    public static TuningFile of(Map<String, Object> machine, List<String> libraries, List<Measurement> measurements) {
        return new TuningFile(FORMAT, machine, libraries, measurements);
    }

    /**
     * Reads {@code path}: a tuning file, or a kernel_config ini beside one.
     *
     * @throws IllegalArgumentException when it is damaged, saying where
     */
    public static TuningFile read(Path path) throws IOException {
        Path file = path.toString().endsWith(".ini") ? path.resolveSibling(NAME) : path;
        if (!file.equals(path) && Files.isRegularFile(path) && !Files.exists(file))
            throw new IllegalArgumentException(
                    path + " has no " + NAME + " beside it; generate-kernels --tune measures and writes one");
        try {
            TuningFile tuning = JSON.readValue(Files.readAllBytes(file), TuningFile.class);
            if (tuning.format != FORMAT)
                throw new IllegalArgumentException(
                        file + " has format " + tuning.format + ", this program reads " + FORMAT);
            for (String library : tuning.libraries)
                if (!Path.of(library).getFileName().toString().equals(library))
                    throw new IllegalArgumentException(file + " names a library in another folder: " + library);
            tuning.checkMeasurements(file);
            return tuning;
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    file + " is no tuning file: " + e.getOriginalMessage() + "; generate-kernels --tune writes one", e);
        } catch (NullPointerException e) {
            throw new IllegalArgumentException(file + " is no tuning file: a measurement is incomplete", e);
        }
    }

    private void checkMeasurements(Path file) {
        for (Measurement measurement : measurements)
            try {
                measurement.shape();
                measurement.choice();
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
            }
    }

    /**
     * The winners for a team of {@code threads}: those of the next smaller count that was measured, else of the smallest.
     *
     * @param generated the kernels of {@link #libraries}
     */
    public TernaryTuning choices(int threads, SpecialKernels generated) {
        TreeMap<Integer, List<Measurement>> byThreads = new TreeMap<>();
        for (Measurement measurement : measurements)
            byThreads
                    .computeIfAbsent(measurement.threads(), key -> new ArrayList<>())
                    .add(measurement);
        if (byThreads.isEmpty()) return TernaryTuning.NONE;
        Integer nearest = byThreads.floorKey(threads);
        Map<TernaryTuning.Shape, TernaryTuning.Choice> choices = new HashMap<>();
        for (Measurement measurement : byThreads.get(nearest == null ? byThreads.firstKey() : nearest))
            choices.put(measurement.shape(), measurement.choice());
        return new TernaryTuning(choices, generated);
    }

    /** Whether a generated kernel won anywhere; otherwise its library need not be loaded. */
    public boolean usesGenerated() {
        return measurements.stream()
                .anyMatch(measurement -> measurement.winner().generated());
    }

    /** Writes the file into {@code folder}, keeping what an older one of the same machine says about other thread counts. */
    public Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve(NAME), part = folder.resolve(NAME + ".part");
        TuningFile whole = Files.isRegularFile(file) ? withOthersOf(read(file)) : this;
        try {
            Files.writeString(part, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(whole) + "\n");
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
        return file;
    }

    private TuningFile withOthersOf(TuningFile older) {
        if (!older.machine.equals(machine)) return this;
        List<Measurement> all = new ArrayList<>(measurements);
        for (Measurement old : older.measurements)
            if (measurements.stream()
                    .noneMatch(
                            now -> now.threads() == old.threads() && now.shape().equals(old.shape()))) all.add(old);
        return new TuningFile(FORMAT, machine, libraries, all);
    }
}
