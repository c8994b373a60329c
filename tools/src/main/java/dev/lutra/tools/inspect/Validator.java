package dev.lutra.tools.inspect;

import dev.lutra.engine.tokenizer.GgufTokenizer;
import dev.lutra.engine.tokenizer.Tokenizer;
import dev.lutra.engine.weights.GgufTiles;
import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.file.GgufTensor;
import dev.lutra.gguf.model.Architecture;
import dev.lutra.gguf.model.GgufConfig;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.names.ExpectedTensor;
import dev.lutra.gguf.names.StackedTensor;
import dev.lutra.gguf.names.TensorNames;
import dev.lutra.gguf.safetensors.SafetensorsFile;
import dev.lutra.gguf.safetensors.SafetensorsTensor;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.RuntimeType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.gguf.type.UnknownType;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.tile.TileTable;
import dev.lutra.tools.report.Sizes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Checks model files one property after the other. */
public final class Validator {
    private final Team team;
    private final boolean deep;
    private final Consumer<String> checks;

    /**
     * @param deep whether every tensor is decoded
     * @param checks takes a line for every check that was passed, or could not be made
     */
    public Validator(Team team, boolean deep, Consumer<String> checks) {
        this.team = team;
        this.deep = deep;
        this.checks = checks;
    }

    /**
     * Checks {@code file}.
     *
     * @throws MalformedFileException at the first fault
     */
    public void validate(Path file) throws IOException {
        switch (ModelFile.of(file)) {
            case GGUF -> {
                try (GgufFile gguf = GgufFile.open(file)) {
                    validate(gguf);
                }
            }
            case SAFETENSORS -> {
                try (SafetensorsFile safetensors = SafetensorsFile.open(file)) {
                    validate(safetensors);
                }
            }
        }
    }

    private void validate(SafetensorsFile file) throws IOException {
        ok("header: " + file.tensors().size() + " tensors in " + Sizes.bytes(file.byteSize())
                + ", each inside the file, none overlapping");
        if (!deep) return;
        TensorScan scan = new TensorScan(team, new TileTable());
        int unread = 0;
        for (SafetensorsTensor tensor : file.tensors())
            if (scan.scan(tensor) == TensorScan.Content.UNREADABLE) unread++;
        reportValues(file.tensors().size(), unread);
    }

    private void validate(GgufFile file) throws IOException {
        ok("container: version " + file.version() + ", " + file.paths().size() + " file(s), "
                + Sizes.bytes(file.byteSize()));
        ok("tensors: " + file.tensors().size() + ", each inside its file, none overlapping, names unique");
        long unknown = file.tensors().stream()
                .filter(tensor -> tensor.type() instanceof UnknownType)
                .count();
        if (unknown == 0) ok("types: all known");
        else skipped("types: " + unknown + " tensors have types that are not known here");
        Optional<String> architecture = file.metadata().findString("general.architecture");
        if (architecture.flatMap(Architecture::byGgufName).isPresent()) validateModel(file);
        else
            skipped("model: "
                    + architecture
                            .map(name -> "the architecture '" + name + "' is not known here")
                            .orElse("general.architecture is missing; not a language model"));
        if (deep) scan(file);
    }

    private void validateModel(GgufFile file) {
        ModelConfig config = GgufConfig.read(file);
        ok("hyper-parameters: " + config.architecture().ggufName() + ", " + config.layers() + " layers of "
                + config.hidden() + ", vocabulary of " + config.vocabulary());
        Set<String> expectedNames = new HashSet<>();
        Map<GgufTensor, Long> stackedRows = new LinkedHashMap<>();
        for (ExpectedTensor expected : TensorNames.expected(config)) {
            expectedNames.add(expected.name());
            Optional<GgufTensor> found = file.find(expected.name());
            Optional<GgufTensor> stacked = found.isPresent() ? Optional.empty() : stack(file, expected.name());
            if (stacked.isPresent()) {
                expectedNames.add(stacked.get().name());
                stackedRows.merge(stacked.get(), expected.dimensions()[1], Long::sum);
                continue;
            }
            if (found.isEmpty() && expected.optional()) continue;
            List<Long> dimensions = Arrays.stream(expected.dimensions()).boxed().toList();
            GgufTensor tensor = found.orElseGet(() -> file.tensor(expected.name()));
            if (!tensor.dimensions().equals(dimensions))
                throw new MalformedFileException(
                        tensor.file(),
                        tensor.offset(),
                        "tensor " + tensor.name() + " has the dimensions " + tensor.dimensions()
                                + " where the hyper-parameters ask for " + dimensions);
        }
        stackedRows.forEach((tensor, rows) -> {
            if (!tensor.dimensions().equals(List.of((long) config.hidden(), rows)))
                throw new MalformedFileException(
                        tensor.file(),
                        tensor.offset(),
                        "tensor " + tensor.name() + " has the dimensions " + tensor.dimensions() + " where "
                                + List.of(config.hidden(), rows) + " are the sum of its parts");
        });
        ok("model: every tensor is there in its shape");
        List<String> more = file.tensors().stream()
                .map(GgufTensor::name)
                .filter(name -> !expectedNames.contains(name))
                .toList();
        if (!more.isEmpty()) skipped("model: " + more.size() + " further tensors, " + more.getFirst() + " the first");
        Tokenizer tokenizer = GgufTokenizer.load(file.metadata(), null, warning -> skipped("tokenizer: " + warning));
        if (tokenizer.size() != config.vocabulary())
            throw new MalformedFileException(
                    file.path(),
                    "the tokenizer has " + tokenizer.size() + " tokens, the embedding " + config.vocabulary()
                            + " rows");
        ok("tokenizer: " + tokenizer.size() + " tokens, as many as the embedding has rows");
    }

    /** What a repacked file has instead of the matrix called {@code part}. */
    private static Optional<GgufTensor> stack(GgufFile file, String part) {
        return StackedTensor.ofPart(part).flatMap(stack -> file.find(stack.name(StackedTensor.prefix(part))));
    }

    private void scan(GgufFile file) throws IOException {
        TensorScan scan = new TensorScan(team, GgufTiles.read(file));
        int unread = 0;
        for (GgufTensor tensor : file.tensors()) {
            TensorScan.Content content = scan.scan(tensor);
            if (content == TensorScan.Content.UNREADABLE) unread++;
            if (content == TensorScan.Content.ZEROS && isTernary(tensor.type()))
                throw new MalformedFileException(
                        tensor.file(),
                        tensor.offset(),
                        "tensor " + tensor.name() + " (" + tensor.type().label()
                                + ") holds nothing but zeros; convert the model again, from sound weights");
        }
        reportValues(file.tensors().size(), unread);
    }

    private static boolean isTernary(TensorType type) {
        if (type instanceof DigitType || type instanceof RuntimeType) return true;
        return type instanceof GgmlType ggml
                && switch (ggml) {
                    case I2_S, TL1, TL2, TQ1_0, TQ2_0, IQ1_BN, IQ2_BN -> true;
                    default -> false;
                };
    }

    private void reportValues(int tensors, int unread) {
        ok("values: " + (tensors - unread) + " tensors decoded, all codes valid, all values finite");
        if (unread > 0) skipped("values: " + unread + " tensors have types that are not decoded here");
    }

    private void ok(String check) {
        checks.accept("ok    " + check);
    }

    private void skipped(String check) {
        checks.accept("note  " + check);
    }
}
