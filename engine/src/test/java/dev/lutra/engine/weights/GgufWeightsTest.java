package dev.lutra.engine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.metadata.ArrayValue;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.metadata.MetadataBuilder;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.gguf.write.GgufPlan;
import dev.lutra.gguf.write.GgufWriter;
import dev.lutra.gguf.write.TensorSpec;
import dev.lutra.gguf.write.WriteOptions;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.digit.RoundedDigits;
import dev.lutra.quant.ternary.DigitCodec;
import dev.lutra.quant.ternary.DigitMatrix;
import dev.lutra.quant.ternary.I2sLayout;
import dev.lutra.quant.ternary.TernaryCodec;
import dev.lutra.quant.ternary.TernaryCodecs;
import dev.lutra.quant.ternary.TernaryMatrix;
import dev.lutra.quant.tile.TileTable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ternary tensors of a file, in every format, as digits for the kernels. */
class GgufWeightsTest {
    private static final int ROWS = 64;
    private static final int COLUMNS = 256;
    private static final float SCALE = 0.01171875f;
    private static final String NAME = "blk.0.ffn_up.weight";

    @TempDir
    Path folder;

    private static byte[] trits() {
        Random random = new Random(8);
        byte[] trits = new byte[ROWS * COLUMNS];
        for (int i = 0; i < trits.length; i++) trits[i] = (byte) (random.nextInt(3) - 1);
        return trits;
    }

    private Path write(TensorType type, TileTable tiles, byte[] tensor) throws IOException {
        Path path = folder.resolve("model.gguf");
        MetadataBuilder metadata = GgufMetadata.builder();
        metadata.string("general.architecture", "qwen2");
        if (type instanceof GgmlType ggml && ggml.isWholeTensorTernary())
            metadata.string("lutra.type_dialect", "bitnet");
        if (type == GgmlType.IQ1_BN || type == GgmlType.IQ2_BN) metadata.string("lutra.type_dialect", "ik");
        tiles.toMetadata().forEach((key, values) -> {
            if (values.getFirst() instanceof String)
                metadata.strings(key, values.stream().map(String::valueOf).toList());
            else
                metadata.put(
                        key,
                        ArrayValue.ofUnsignedInts(values.stream()
                                .mapToInt(value -> (Integer) value)
                                .toArray()));
        });
        GgufPlan plan = GgufPlan.builder(metadata.build())
                .tensor(TensorSpec.of(NAME, type, List.of((long) COLUMNS, (long) ROWS)))
                .build();
        try (GgufWriter writer = GgufWriter.create(path, plan, WriteOptions.FRESH)) {
            writer.write(plan.tensor(NAME), MemorySegment.ofArray(tensor));
            writer.commit();
        }
        return path;
    }

    private static byte[] encodeRows(GgmlType type, float[] weights) {
        RowCodec codec = RowCodecs.of(type);
        long rowBytes = type.byteSize(COLUMNS, 1).orElseThrow();
        byte[] tensor = new byte[(int) (ROWS * rowBytes)];
        for (int row = 0; row < ROWS; row++)
            codec.encode(weights, row * COLUMNS, COLUMNS, null, MemorySegment.ofArray(tensor), row * rowBytes);
        return tensor;
    }

    private static byte[] encode(GgmlType type, TileTable tiles, byte[] trits) {
        if (!type.isWholeTensorTernary()) {
            float[] weights = new float[trits.length];
            for (int i = 0; i < weights.length; i++) weights[i] = trits[i] * SCALE;
            return encodeRows(type, weights);
        }
        TernaryCodec codec = TernaryCodecs.forWriting(type, ROWS, COLUMNS, tiles);
        byte[] tensor = new byte[(int) codec.byteSize()];
        codec.encode(
                new TernaryMatrix(ROWS, COLUMNS, MemorySegment.ofArray(trits), SCALE), MemorySegment.ofArray(tensor));
        return tensor;
    }

    @ParameterizedTest
    @EnumSource(
            value = GgmlType.class,
            names = {"I2_S", "TL1", "TL2", "TQ1_0", "TQ2_0", "Q2_0", "IQ1_BN", "IQ2_BN"})
    void everyTernaryFormatBecomesTheSameTrits(GgmlType type) throws IOException {
        TileTable tiles = new TileTable();
        Path path = write(type, tiles, encode(type, tiles, trits()));
        for (int threads : new int[] {1, 3}) {
            try (GgufFile file = GgufFile.open(path);
                    Team team = Team.of(threads);
                    Arena arena = Arena.ofShared()) {
                GgufWeights weights = new GgufWeights(file, team, I2sLayout.X86);
                WeightTensor tensor = weights.require(NAME);
                assertEquals(type, tensor.type());
                assertTrue(weights.isTernary(tensor));
                DigitMatrix matrix = weights.digits(tensor, arena);
                assertArrayEquals(trits(), matrix.plane(0).toArray(ValueLayout.JAVA_BYTE));
                assertEquals(SCALE, matrix.rowScales()[ROWS - 1]);
            }
        }
    }

    @Test
    void blocksThatDisagreeOnAScaleAreNotTernary() throws IOException {
        float[] weights = new float[ROWS * COLUMNS];
        for (int i = 0; i < weights.length; i++) weights[i] = i % 1000 < 500 ? 1f : -2f;
        Path path = write(GgmlType.Q2_0, new TileTable(), encodeRows(GgmlType.Q2_0, weights));
        try (GgufFile file = GgufFile.open(path);
                Team team = Team.of(2)) {
            GgufWeights source = new GgufWeights(file, team, I2sLayout.X86);
            assertFalse(source.isTernary(source.require(NAME)));
        }
    }

    @Test
    void digitsComeOutAsTheyWentIn() throws IOException {
        DigitType type = new DigitType(3, 96);
        Random random = new Random(2);
        try (Arena arena = Arena.ofShared();
                Team team = Team.of(3)) {
            DigitMatrix matrix = DigitMatrix.allocate(ROWS, COLUMNS, 3, 96, arena);
            float[] row = new float[COLUMNS];
            for (int r = 0; r < ROWS; r++) {
                for (int i = 0; i < COLUMNS; i++) row[i] = (float) random.nextGaussian();
                new RoundedDigits(type).roundRow(row, 0, null, matrix, r);
            }
            DigitCodec codec = new DigitCodec(type, ROWS, COLUMNS);
            byte[] tensor = new byte[(int) codec.byteSize()];
            codec.encode(matrix, MemorySegment.ofArray(tensor));
            try (GgufFile file = GgufFile.open(write(type, new TileTable(), tensor))) {
                GgufWeights source = new GgufWeights(file, team, I2sLayout.X86);
                assertTrue(source.isTernary(source.require(NAME)));
                DigitMatrix back = source.digits(source.require(NAME), arena);
                assertEquals(-1, matrix.planes().mismatch(back.planes()));
                assertArrayEquals(matrix.rowScales(), back.rowScales());
            }
        }
    }

    @Test
    void damagedCodesAreBlamedOnTheFile() throws IOException {
        TileTable tiles = new TileTable();
        byte[] tensor = encode(GgmlType.TL2, tiles, trits());
        tensor[77] = (byte) 0xEE;
        Path path = write(GgmlType.TL2, tiles, tensor);
        try (GgufFile file = GgufFile.open(path);
                Team team = Team.of(2);
                Arena arena = Arena.ofShared()) {
            GgufWeights source = new GgufWeights(file, team, I2sLayout.X86);
            var error = assertThrows(MalformedFileException.class, () -> source.digits(source.require(NAME), arena));
            assertTrue(error.getMessage().contains(NAME), error.getMessage());
            assertTrue(error.getMessage().contains("byte 77"), error.getMessage());
        }
    }
}
