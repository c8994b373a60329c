package dev.lutra.tools.convert;

import dev.lutra.engine.weights.GgufTiles;
import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.file.GgufTensor;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.metadata.MetadataBuilder;
import dev.lutra.gguf.model.GgufConfig;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.names.ExpectedTensor;
import dev.lutra.gguf.names.TensorKind;
import dev.lutra.gguf.names.TensorNames;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.ternary.I2sLayout;
import dev.lutra.quant.ternary.TernaryCodec;
import dev.lutra.quant.ternary.TernaryCodecs;
import dev.lutra.quant.tile.TileTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A GGUF model as a conversion's input. */
public final class GgufSource implements ModelSource {
    private static final String DIALECT = "lutra.type_dialect";
    private static final String TILE_KEYS = "lutra.tl.";

    private final GgufFile file;
    private final ModelConfig config;
    private final List<SourceTensor> tensors = new ArrayList<>();

    private GgufSource(GgufFile file, I2sLayout layout, boolean requantize) {
        this.file = file;
        config = GgufConfig.read(file);
        TileTable tiles = GgufTiles.read(file);
        Map<String, TensorKind> kinds = new HashMap<>();
        for (ExpectedTensor expected : TensorNames.expected(config)) kinds.put(expected.name(), expected.kind());
        for (GgufTensor tensor : file.tensors()) {
            // What the family does not know, such as a table of rope factors, is left as precise as it is likely to be.
            TensorKind otherwise = tensor.dimensions().size() > 1 ? TensorKind.PROJECTION : TensorKind.NORM;
            TensorKind kind = kinds.getOrDefault(tensor.name(), otherwise);
            tensors.add(source(tensor, kind, tiles, layout, requantize));
        }
    }

    /**
     * Opens {@code path}, of a sharded model the first file.
     *
     * @param layout how its I2_S tensors are laid out; files do not say
     * @param requantize whether quantized weights may be quantized again
     * @throws MalformedFileException when it is damaged, of another family, or has types that nothing here decodes
     */
    public static GgufSource open(Path path, I2sLayout layout, boolean requantize) throws IOException {
        GgufFile file = GgufFile.open(path);
        try {
            return new GgufSource(file, layout, requantize);
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private static SourceTensor source(
            GgufTensor tensor, TensorKind kind, TileTable tiles, I2sLayout layout, boolean requantize) {
        try {
            if (!ConversionPlan.isWholeTensorTernary(tensor.type())) {
                if (!(tensor.type() instanceof DigitType)) RowCodecs.of(tensor.type());
                return new GgufSourceTensor(tensor, kind, null, requantize);
            }
            int rows = Math.toIntExact(tensor.rows()), columns = Math.toIntExact(tensor.columns());
            TernaryCodec codec = TernaryCodecs.forReading((GgmlType) tensor.type(), rows, columns, tiles, layout);
            return new GgufSourceTensor(tensor, kind, codec, requantize);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new MalformedFileException(
                    tensor.file(), tensor.offset(), "tensor " + tensor.name() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public GgufMetadata metadata() {
        MetadataBuilder kept = file.metadata().toBuilder();
        kept.remove(DIALECT);
        for (String key : file.metadata().keys()) if (key.startsWith(TILE_KEYS)) kept.remove(key);
        return kept.build();
    }

    @Override
    public List<SourceTensor> tensors() {
        return tensors;
    }

    @Override
    public String identity() {
        return FileIdentity.of(file.paths());
    }

    @Override
    public void close() {
        file.close();
    }
}
