package dev.lutra.tools.convert;

import dev.lutra.engine.tokenizer.CheckpointTokenizer;
import dev.lutra.engine.tokenizer.GgufTokenizer;
import dev.lutra.engine.tokenizer.PreTokenizer;
import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.metadata.MetadataBuilder;
import dev.lutra.gguf.model.GgufConfig;
import dev.lutra.gguf.model.HfConfig;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.names.ExpectedTensor;
import dev.lutra.gguf.names.TensorKind;
import dev.lutra.gguf.names.TensorNames;
import dev.lutra.gguf.safetensors.Checkpoint;
import dev.lutra.gguf.safetensors.Dtype;
import dev.lutra.gguf.safetensors.SafetensorsTensor;
import dev.lutra.quant.ternary.PackedBitnet;
import dev.lutra.quant.ternary.WeightScaleRule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A Hugging Face checkpoint folder: config.json, tokenizer.json and safetensors. */
public final class CheckpointSource implements ModelSource {
    private static final String SCALE_SUFFIX = "_scale";

    private final Path folder;
    private final Checkpoint checkpoint;
    private final HfConfig hfConfig;
    private final ModelConfig config;
    private final GgufMetadata metadata;
    private final Consumer<String> warnings;
    private final List<SourceTensor> tensors = new ArrayList<>();
    private @Nullable WeightScaleRule scaleRule;

    private CheckpointSource(
            Path folder, Checkpoint checkpoint, @Nullable PreTokenizer preTokenizer, Consumer<String> warnings)
            throws IOException {
        this.folder = folder;
        this.checkpoint = checkpoint;
        this.warnings = warnings;
        hfConfig = HfConfig.open(folder);
        config = hfConfig.modelConfig();
        metadata = buildMetadata(preTokenizer);
        matchTensors();
    }

    /**
     * Opens {@code folder} and matches its tensors with those that its configuration asks for.
     *
     * @param preTokenizer how text is split, null for what the tokenizer says
     * @throws MalformedFileException when something is missing, damaged, of a wrong shape, or unknown
     */
    public static CheckpointSource open(Path folder, @Nullable PreTokenizer preTokenizer, Consumer<String> warnings)
            throws IOException {
        // The configuration first: a checkpoint of another architecture should be refused as that.
        HfConfig.load(folder);
        Checkpoint checkpoint = Checkpoint.open(folder);
        try {
            return new CheckpointSource(folder, checkpoint, preTokenizer, warnings);
        } catch (IOException | RuntimeException | Error e) {
            checkpoint.close();
            throw e;
        }
    }

    private GgufMetadata buildMetadata(@Nullable PreTokenizer preTokenizer) throws IOException {
        MetadataBuilder builder = GgufMetadata.builder();
        ModelCard.write(folder, config, builder);
        GgufConfig.write(config, builder);
        try {
            GgufTokenizer.write(
                    CheckpointTokenizer.read(folder, preTokenizer, warnings).padTo(config.vocabulary()),
                    builder,
                    warnings);
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(
                    folder.resolve("tokenizer.json"),
                    MalformedFileException.NO_OFFSET,
                    String.valueOf(e.getMessage()),
                    e);
        }
        return builder.build();
    }

    private void matchTensors() {
        Set<String> used = new HashSet<>();
        for (ExpectedTensor expected : TensorNames.expected(config)) {
            List<SafetensorsTensor> parts = new ArrayList<>();
            for (List<String> names : expected.sources()) {
                Optional<SafetensorsTensor> part = names.stream()
                        .flatMap(name -> checkpoint.find(name).stream())
                        .findFirst();
                if (part.isPresent()) parts.add(part.get());
                else if (!expected.optional())
                    throw new MalformedFileException(
                            checkpoint.path(), "tensor " + names.getFirst() + " is missing; download the model again");
            }
            if (parts.isEmpty()) continue;
            for (SafetensorsTensor part : parts) used.add(part.name());
            tensors.add(isPacked(expected, parts) ? packed(expected, parts.getFirst(), used) : plain(expected, parts));
        }
        refuseUnknown(used);
    }

    private static boolean isPacked(ExpectedTensor expected, List<SafetensorsTensor> parts) {
        return expected.kind() == TensorKind.PROJECTION
                && parts.size() == 1
                && parts.getFirst().dtype() == Dtype.U8;
    }

    private static SourceTensor plain(ExpectedTensor expected, List<SafetensorsTensor> parts) {
        List<Long> shape = expected.vector()
                ? List.of((long) expected.columns())
                : List.of((long) expected.rows(), (long) expected.columns());
        for (SafetensorsTensor part : parts) {
            requireShape(part, shape);
            switch (part.dtype()) {
                case F32, F16, BF16, F64 -> {}
                default ->
                    throw new MalformedFileException(
                            part.file(),
                            part.offset(),
                            "tensor " + part.name() + " has dtype " + part.dtype()
                                    + ", which is not supported; F32, F16 and BF16 are");
            }
        }
        return new CheckpointTensor(expected, parts);
    }

    private SourceTensor packed(ExpectedTensor expected, SafetensorsTensor codes, Set<String> used) {
        requireShape(codes, List.of(expected.rows() / 4L, (long) expected.columns()));
        SafetensorsTensor scale = checkpoint.tensor(codes.name() + SCALE_SUFFIX);
        used.add(scale.name());
        float[] value = new float[1];
        if (scale.elements() != 1) requireShape(scale, List.of(1L));
        scale.readFloats(0, value, 0, 1);
        WeightScaleRule rule = scaleRule;
        if (rule == null) {
            String linearClass = hfConfig.json()
                    .path("quantization_config")
                    .path("linear_class")
                    .asString(null);
            scaleRule = rule = WeightScaleRule.of(linearClass, value[0], expected.columns());
            warnings.accept("packed ternary weights: " + rule.reason());
        }
        try {
            return new PackedTensor(
                    expected,
                    new PackedBitnet(codes.data(), expected.rows(), expected.columns(), rule.scale(value[0])));
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(
                    codes.file(), codes.offset(), "tensor " + codes.name() + ": " + e.getMessage(), e);
        }
    }

    private static void requireShape(SafetensorsTensor tensor, List<Long> shape) {
        if (!tensor.shape().equals(shape))
            throw new MalformedFileException(
                    tensor.file(),
                    tensor.offset(),
                    "tensor " + tensor.name() + " has the shape " + tensor.shape() + " where config.json asks for "
                            + shape);
    }

    private void refuseUnknown(Set<String> used) {
        List<String> unknown = checkpoint.tensors().stream()
                .map(SafetensorsTensor::name)
                .filter(name -> !used.contains(name))
                // Written by old versions of transformers; computed from rope_theta since.
                .filter(name -> !name.endsWith("rotary_emb.inv_freq"))
                // A tied model saved with its output projection: the same values twice.
                .filter(name -> !(config.tied() && name.equals("lm_head.weight")))
                .toList();
        if (!unknown.isEmpty())
            throw new MalformedFileException(
                    checkpoint.path(),
                    unknown.size() + " tensors are not known to the architecture "
                            + config.architecture().ggufName() + ": "
                            + String.join(", ", unknown.subList(0, Math.min(3, unknown.size())))
                            + (unknown.size() > 3 ? ", ..." : "")
                            + "; converting would lose them");
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public GgufMetadata metadata() {
        return metadata;
    }

    @Override
    public List<SourceTensor> tensors() {
        return tensors;
    }

    @Override
    public String identity() {
        return FileIdentity.of(
                checkpoint.files().stream().map(file -> file.path()).toList());
    }

    @Override
    public void close() {
        checkpoint.close();
    }
}
