package dev.lutra.engine.weights;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.file.GgufTensor;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.RuntimeType;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.DigitSource;
import dev.lutra.kernels.ternary.RuntimeTensor;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.ternary.I2sLayout;
import dev.lutra.quant.ternary.TernaryCodec;
import dev.lutra.quant.ternary.TernaryCodecs;
import dev.lutra.quant.ternary.TernarySource;
import dev.lutra.quant.ternary.TernarySurvey;
import dev.lutra.quant.ternary.Tl2Codec;
import dev.lutra.quant.tile.TileTable;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The weights in an open GGUF file. */
public final class GgufWeights implements WeightSource {
    /** Row formats made for ternary weights. Whether a tensor of theirs is ternary, its scales tell. */
    private static final Set<GgmlType> ROWS_OF_TRITS =
            EnumSet.of(GgmlType.TQ1_0, GgmlType.TQ2_0, GgmlType.Q2_0, GgmlType.IQ1_BN, GgmlType.IQ2_BN);

    private final GgufFile file;
    private final Team team;
    private final TileTable tiles;
    private final I2sLayout i2sLayout;
    /** Tensors of row formats that can hold trits, by name; empty for those that do not. */
    private final Map<String, Optional<TernarySource>> rowTernary = new ConcurrentHashMap<>();

    /**
     * @param team decodes ternary tensors together
     * @param i2sLayout how the file's I2_S tensors are laid out; files do not say
     */
    public GgufWeights(GgufFile file, Team team, I2sLayout i2sLayout) {
        this.file = file;
        this.team = team;
        this.i2sLayout = i2sLayout;
        this.tiles = GgufTiles.read(file);
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
        return switch (tensor.type()) {
            case DigitType digits -> true;
            case RuntimeType runtime -> true;
            case GgmlType type when type.isWholeTensorTernary() -> true;
            case GgmlType type
            when ROWS_OF_TRITS.contains(type) && tensor.matrices() == 1 ->
                rowSource(tensor).isPresent();
            default -> false;
        };
    }

    @Override
    public DigitSource digits(WeightTensor tensor) {
        return switch (tensor.type()) {
            case RuntimeType type -> new RuntimeTensor(type, tensor.rows(), tensor.columns(), tensor.data());
            case DigitType type -> blaming(tensor, new DigitTensor(type, tensor));
            case GgmlType type when type.isWholeTensorTernary() -> blaming(tensor, coded(codec(tensor), tensor));
            default -> blaming(tensor, new TritTensor(rowSource(tensor).orElseThrow(), null, tensor.data()));
        };
    }

    private DigitSource blaming(WeightTensor tensor, DigitSource source) {
        return new TensorDigits(file.path(), tensor.name(), source);
    }

    private static DigitSource coded(TernaryCodec codec, WeightTensor tensor) {
        return new TritTensor(
                TernarySource.of(codec, tensor.data()), codec instanceof Tl2Codec tl2 ? tl2 : null, tensor.data());
    }

    /** The trits of a tensor in a row format, if all its blocks of a row agree on a scale. */
    private Optional<TernarySource> rowSource(WeightTensor tensor) {
        return rowTernary.computeIfAbsent(tensor.name(), name -> {
            RowCodec codec = RowCodecs.of(tensor.type());
            int rows = tensor.rows(), columns = tensor.columns();
            long rowBytes = tensor.type().byteSize(columns, 1).orElseThrow();
            TernarySurvey survey = new TernarySurvey(rows, columns);
            team.run((worker, workers) -> {
                Share share = Share.of(rows, 1, worker, workers);
                float[] weights = new float[columns];
                for (int row = share.from(); row < share.to(); row++) {
                    codec.decode(tensor.data(), row * rowBytes, weights, 0, columns);
                    survey.addRow(row, weights, 0);
                }
            });
            return TernarySource.of(codec, tensor.data(), survey);
        });
    }

    private TernaryCodec codec(WeightTensor tensor) {
        return TernaryCodecs.forReading((GgmlType) tensor.type(), tensor.rows(), tensor.columns(), tiles, i2sLayout);
    }
}
