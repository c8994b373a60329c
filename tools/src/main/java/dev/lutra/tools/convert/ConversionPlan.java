package dev.lutra.tools.convert;

import dev.lutra.gguf.metadata.ArrayValue;
import dev.lutra.gguf.metadata.MetadataBuilder;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.gguf.write.GgufPlan;
import dev.lutra.gguf.write.GgufPlanBuilder;
import dev.lutra.gguf.write.TensorSpec;
import dev.lutra.quant.mix.Fallback;
import dev.lutra.quant.mix.TypeOverrides;
import dev.lutra.quant.ternary.TernaryCodecs;
import dev.lutra.quant.tile.TileFormat;
import dev.lutra.quant.tile.TileTable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Everything decided before the first weight is read: types, tiles, metadata, and the offset of every tensor. */
public final class ConversionPlan {
    static final String FILE_TYPE = "general.file_type";
    static final String QUANTIZATION_VERSION = "general.quantization_version";

    /** ggml's: how blocks are laid out since May 2023. */
    private static final int VERSION_OF_BLOCKS = 2;

    private final List<TypePlanner.Choice> choices;
    private final TileTable tiles;
    private final GgufPlan file;

    private ConversionPlan(List<TypePlanner.Choice> choices, TileTable tiles, GgufPlan file) {
        this.choices = choices;
        this.tiles = tiles;
        this.file = file;
    }

    /**
     * Plans the conversion of {@code source}.
     *
     * @param importance whether an importance matrix will be used, on which mixtures depend
     * @throws IllegalArgumentException when a tensor cannot have the type that was asked for, naming both
     */
    public static ConversionPlan of(ModelSource source, ConversionRequest request, boolean importance) {
        List<TypePlanner.Choice> choices =
                new TypePlanner(request.format(), request.overrides(), importance).choose(source);
        TileTable tiles = new TileTable();
        for (TypePlanner.Choice choice : choices) checkShape(choice, request.tiles(), tiles);
        MetadataBuilder metadata = source.metadata().toBuilder();
        metadata.u32(FILE_TYPE, Integer.toUnsignedLong(request.format().fileTypeNumber()));
        metadata.u32(QUANTIZATION_VERSION, VERSION_OF_BLOCKS);
        if (choices.stream().anyMatch(choice -> isWholeTensorTernary(choice.type()))) {
            // Type ids of bitnet.cpp: without this key they would mean something else to a reader of llama.cpp's.
            metadata.string("lutra.type_dialect", "bitnet");
            addTiles(tiles, metadata);
        }
        GgufPlanBuilder builder = GgufPlan.builder(metadata.build()).split(request.split());
        for (TypePlanner.Choice choice : choices)
            builder.tensor(TensorSpec.of(
                    choice.tensor().name(), choice.type(), choice.tensor().dimensions()));
        return new ConversionPlan(choices, tiles, builder.build());
    }

    /** The type that each tensor of {@code source} will have when its quantizers know the importance of columns, by name. */
    public static Map<String, TensorType> types(ModelSource source, TargetFormat format, TypeOverrides overrides) {
        Map<String, TensorType> types = new HashMap<>();
        for (TypePlanner.Choice choice : new TypePlanner(format, overrides, true).choose(source))
            types.put(choice.tensor().name(), choice.type());
        return types;
    }

    static boolean isWholeTensorTernary(TensorType type) {
        return type instanceof GgmlType ggml && ggml.isWholeTensorTernary();
    }

    /** Asks the source, and finds a tile or fails with the constraint that the shape violates, long before that tensor's turn. */
    private static void checkShape(TypePlanner.Choice choice, TileTable given, TileTable used) {
        SourceTensor tensor = choice.tensor();
        tensor.refusal(choice.type()).ifPresent(reason -> {
            throw new IllegalArgumentException("tensor " + tensor.name() + " " + reason);
        });
        if (!isWholeTensorTernary(choice.type())) return;
        try {
            for (TileFormat format : TileFormat.values())
                given.find(format, tensor.rows(), tensor.columns()).ifPresent(tile -> used.put(format, tile));
            TernaryCodecs.forWriting((GgmlType) choice.type(), tensor.rows(), tensor.columns(), used);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("tensor " + tensor.name() + ": " + e.getMessage(), e);
        }
    }

    private static void addTiles(TileTable tiles, MetadataBuilder metadata) {
        for (Map.Entry<String, List<?>> entry : tiles.toMetadata().entrySet()) {
            List<?> values = entry.getValue();
            if (values.getFirst() instanceof String)
                metadata.strings(
                        entry.getKey(), values.stream().map(String::valueOf).toList());
            else
                metadata.put(
                        entry.getKey(),
                        ArrayValue.ofUnsignedInts(values.stream()
                                .mapToInt(value -> (Integer) value)
                                .toArray()));
        }
    }

    List<TypePlanner.Choice> choices() {
        return choices;
    }

    TileTable tiles() {
        return tiles;
    }

    /** The output's files, headers and offsets. */
    public GgufPlan file() {
        return file;
    }

    /** Types that could not be what was asked for. */
    public List<Fallback> fallbacks() {
        return choices.stream()
                .map(TypePlanner.Choice::fallback)
                .flatMap(Optional::stream)
                .toList();
    }

    /** Bytes that reading all tensors takes. */
    public long inputBytes() {
        return choices.stream()
                .mapToLong(choice -> choice.tensor().storedBytes())
                .sum();
    }

    /** What is known of every tensor before it is converted. */
    public List<TensorReport> preview() {
        return choices.stream()
                .map(choice -> new TensorReport(
                        choice.tensor().name(),
                        choice.tensor().kind(),
                        choice.type(),
                        (long) choice.tensor().rows() * choice.tensor().columns(),
                        file.tensor(choice.tensor().name()).byteSize(),
                        Double.NaN,
                        false))
                .toList();
    }
}
