package dev.lutra.engine.weights;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.file.GgufTensor;
import dev.lutra.gguf.metadata.ArrayValue;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.InvalidCodeException;
import dev.lutra.quant.ternary.DigitMatrix;
import dev.lutra.quant.ternary.I2sCodec;
import dev.lutra.quant.ternary.I2sLayout;
import dev.lutra.quant.ternary.TernaryCodec;
import dev.lutra.quant.ternary.TernaryMatrix;
import dev.lutra.quant.ternary.Tl1Codec;
import dev.lutra.quant.ternary.Tl2Codec;
import dev.lutra.quant.tile.TileFormat;
import dev.lutra.quant.tile.TileTable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The weights in an open GGUF file. */
public final class GgufWeights implements WeightSource {
    private final GgufFile file;
    private final Team team;
    private final TileTable tiles;
    private final I2sLayout i2sLayout;

    /**
     * @param team decodes ternary tensors together
     * @param i2sLayout how the file's I2_S tensors are laid out; files do not say
     */
    public GgufWeights(GgufFile file, Team team, I2sLayout i2sLayout) {
        this.file = file;
        this.team = team;
        this.i2sLayout = i2sLayout;
        try {
            tiles = TileTable.fromMetadata(lists(file.metadata()));
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(
                    file.path(), MalformedFileException.NO_OFFSET, String.valueOf(e.getMessage()), e);
        }
    }

    private static Map<String, List<?>> lists(GgufMetadata metadata) {
        Map<String, List<?>> lists = new HashMap<>();
        for (String key : metadata.keys()) {
            if (!key.startsWith("lutra.tl.") || !(metadata.value(key) instanceof ArrayValue array)) continue;
            if (key.equals(TileTable.FORMAT_KEY)) lists.put(key, array.strings());
            else {
                List<Long> numbers = new ArrayList<>();
                for (long number : array.longs()) numbers.add(number);
                lists.put(key, numbers);
            }
        }
        return lists;
    }

    @Override
    public Optional<WeightTensor> find(String name) {
        return file.find(name).map(this::weight);
    }

    private WeightTensor weight(GgufTensor tensor) {
        List<Long> dimensions = tensor.dimensions();
        try {
            int columns = Math.toIntExact(tensor.columns());
            int rows = dimensions.size() < 2 ? 1 : Math.toIntExact(dimensions.get(1));
            int matrices = 1;
            for (int i = 2; i < dimensions.size(); i++)
                matrices = Math.multiplyExact(matrices, Math.toIntExact(dimensions.get(i)));
            return new WeightTensor(tensor.name(), tensor.type(), columns, rows, matrices, tensor.data());
        } catch (ArithmeticException e) {
            throw new MalformedFileException(
                    tensor.file(), tensor.offset(), "tensor " + tensor.name() + " is larger than any kernel takes", e);
        }
    }

    @Override
    public boolean isTernary(WeightTensor tensor) {
        return tensor.type() instanceof GgmlType type && type.isWholeTensorTernary();
    }

    @Override
    public DigitMatrix digits(WeightTensor tensor, Arena arena) {
        TernaryCodec codec = codec(tensor);
        try {
            MemorySegment trits = arena.allocate((long) tensor.rows() * tensor.columns(), 64);
            team.run((worker, workers) -> {
                Share share = Share.of(tensor.rows(), codec.rowStep(), worker, workers);
                if (share.to() > share.from())
                    codec.decodeRows(
                            tensor.data(),
                            share.from(),
                            share.to(),
                            trits.asSlice(
                                    (long) share.from() * tensor.columns(),
                                    (long) (share.to() - share.from()) * tensor.columns()));
            });
            float scale = codec.decodeScale(tensor.data());
            return DigitMatrix.of(new TernaryMatrix(tensor.rows(), tensor.columns(), trits, scale));
        } catch (InvalidCodeException e) {
            throw new MalformedFileException(
                    file.path(),
                    MalformedFileException.NO_OFFSET,
                    "tensor " + tensor.name() + ": " + e.getMessage() + "; the file is damaged, or its tiles are others",
                    e);
        }
    }

    private TernaryCodec codec(WeightTensor tensor) {
        int rows = tensor.rows(), columns = tensor.columns();
        return switch ((GgmlType) tensor.type()) {
            case I2_S -> new I2sCodec(rows, columns, i2sLayout);
            case TL1 -> new Tl1Codec(tiles.forReading(TileFormat.TL1, rows, columns));
            case TL2 -> new Tl2Codec(tiles.forReading(TileFormat.TL2, rows, columns));
            default -> throw new IllegalArgumentException("tensor " + tensor.name() + " is not ternary");
        };
    }
}
