package dev.lutra.tools.convert;

import dev.lutra.engine.tokenizer.CheckpointTokenizer;
import dev.lutra.engine.tokenizer.GgufTokenizer;
import dev.lutra.engine.tokenizer.PreTokenizer;
import dev.lutra.engine.tokenizer.TokenizerData;
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
import dev.lutra.tools.card.CardFiles;
import dev.lutra.tools.card.ModelCard;
import dev.lutra.tools.card.SizeLabel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

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
            Path folder,
            Checkpoint checkpoint,
            @Nullable PreTokenizer preTokenizer,
            JsonNode stated,
            Consumer<String> warnings)
            throws IOException {
        this.folder = folder;
        this.checkpoint = checkpoint;
        this.warnings = warnings;
        hfConfig = HfConfig.open(folder);
        config = hfConfig.modelConfig();
        TokenizerData tokenizer = readTokenizer(preTokenizer);
        matchTensors();
        metadata = buildMetadata(tokenizer, stated);
    }

    /** As {@link #open(Path, PreTokenizer, JsonNode, Consumer)} where nothing is stated. */
    public static CheckpointSource open(Path folder, @Nullable PreTokenizer preTokenizer, Consumer<String> warnings)
            throws IOException {
        return open(folder, preTokenizer, JsonNodeFactory.instance.objectNode(), warnings);
    }

    /**
     * Opens {@code folder} and matches its tensors with those that its configuration asks for.
     *
     * @param preTokenizer how text is split, null for what the tokenizer says
     * @param stated an object of keys {@code general.*} that win over what the checkpoint says of itself
     * @throws MalformedFileException when something is missing, damaged, of a wrong shape, or unknown
     */
    public static CheckpointSource open(
            Path folder, @Nullable PreTokenizer preTokenizer, JsonNode stated, Consumer<String> warnings)
            throws IOException {
        // The configuration first: a checkpoint of another architecture should be refused as that.
        HfConfig.load(folder);
        Checkpoint checkpoint = Checkpoint.open(folder);
        try {
            return new CheckpointSource(folder, checkpoint, preTokenizer, stated, warnings);
        } catch (IOException | RuntimeException | Error e) {
            checkpoint.close();
            throw e;
        }
    }

    private TokenizerData readTokenizer(@Nullable PreTokenizer preTokenizer) {
        try {
            return CheckpointTokenizer.read(folder, preTokenizer, warnings).padTo(config.vocabulary());
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(
                    folder.resolve("tokenizer.json"),
                    MalformedFileException.NO_OFFSET,
                    String.valueOf(e.getMessage()),
                    e);
        }
    }

    private GgufMetadata buildMetadata(TokenizerData tokenizer, JsonNode stated) throws IOException {
        MetadataBuilder builder = GgufMetadata.builder();
        builder.string("general.architecture", config.architecture().ggufName());
        builder.string("general.type", "model");
        CardFiles files = CardFiles.read(folder, hfConfig.json(), warnings);
        files.writeSampling(builder);
        ModelCard.of(files, stated, size()).write(builder);
        GgufConfig.write(config, builder);
        // Their place in llama.cpp's files; the conversion has the values.
        builder.u32(ConversionPlan.FILE_TYPE, 0).u32(ConversionPlan.QUANTIZATION_VERSION, 0);
        GgufTokenizer.write(tokenizer, builder, warnings);
        return builder.build();
    }

    /** Counted over the tensors that are there, biases and norms included. */
    private SizeLabel size() {
        long shared = 0, perExpert = 0;
        int experts = 0;
        for (SourceTensor tensor : tensors) {
            long weights = (long) tensor.rows() * tensor.columns();
            if (tensor.isStacked()) {
                experts = Math.toIntExact(tensor.dimensions().getLast());
                perExpert += weights / experts;
            } else {
                shared += weights;
            }
        }
        return new SizeLabel(shared, perExpert, experts);
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
