package dev.lutra.quant.imatrix;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.bytes.ByteCursor;
import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.file.GgufTensor;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.write.GgufPlan;
import dev.lutra.gguf.write.GgufPlanBuilder;
import dev.lutra.gguf.write.GgufWriter;
import dev.lutra.gguf.write.TensorSpec;
import dev.lutra.gguf.write.WriteOptions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The GGUF form: for each tensor T a float32 tensor {@code T.in_sum2} of [columns, matrices] and one {@code T.counts} of
 * [1, matrices]; {@code general.type} is "imatrix", {@code imatrix.datasets}, {@code imatrix.chunk_count} and
 * {@code imatrix.chunk_size} tell the rest.
 */
final class GgufForm {
    private static final String TYPE_KEY = "general.type";
    private static final String DATASETS_KEY = "imatrix.datasets";
    private static final String CHUNK_COUNT_KEY = "imatrix.chunk_count";
    private static final String CHUNK_SIZE_KEY = "imatrix.chunk_size";
    private static final String SUMS = ".in_sum2";
    private static final String COUNTS = ".counts";

    private GgufForm() {}

    static ImportanceMatrix read(Path path) throws IOException {
        try (GgufFile file = GgufFile.open(path)) {
            GgufMetadata metadata = file.metadata();
            Map<String, ColumnStatistics> entries = new LinkedHashMap<>();
            for (GgufTensor sums : file.tensors()) {
                if (!sums.name().endsWith(SUMS)) continue;
                String name = sums.name().substring(0, sums.name().length() - SUMS.length());
                GgufTensor counts = file.find(name + COUNTS)
                        .orElseThrow(() -> new MalformedFileException(path, name + " has sums, but no counts"));
                entries.put(name, ImportanceFile.statistics(path, name, floats(path, sums), floats(path, counts)));
            }
            if (entries.isEmpty())
                throw new MalformedFileException(
                        path, "this GGUF file is no importance matrix: no tensor is called \"NAME" + SUMS + "\"");
            return new ImportanceMatrix(
                    entries,
                    metadata.has(DATASETS_KEY) ? metadata.strings(DATASETS_KEY) : List.of(),
                    number(metadata, CHUNK_COUNT_KEY, 0),
                    number(metadata, CHUNK_SIZE_KEY, 1));
        }
    }

    /** llama.cpp reads these as unsigned and uses them to inform: a value that makes no sense is no reason to refuse. */
    private static int number(GgufMetadata metadata, String key, int least) {
        return metadata.has(key) ? Math.max(least, (int) Math.min(Integer.MAX_VALUE, metadata.integer(key))) : least;
    }

    private static float[] floats(Path path, GgufTensor tensor) {
        if (tensor.type() != GgmlType.F32)
            throw new MalformedFileException(
                    path,
                    tensor.offset(),
                    tensor.name() + " is " + tensor.type().label() + " instead of f32");
        return tensor.data().toArray(ByteCursor.FLOAT_LE);
    }

    static void write(ImportanceMatrix matrix, Path path) throws IOException {
        GgufPlanBuilder builder = GgufPlan.builder(GgufMetadata.builder()
                .string(TYPE_KEY, "imatrix")
                .strings(DATASETS_KEY, matrix.datasets())
                .u32(CHUNK_COUNT_KEY, matrix.chunks())
                .u32(CHUNK_SIZE_KEY, matrix.chunkSize())
                .build());
        matrix.entries().forEach((name, statistics) -> {
            int matrices = statistics.counts().length;
            builder.tensor(spec(name + SUMS, statistics.sums().length / matrices, matrices));
            builder.tensor(spec(name + COUNTS, 1, matrices));
        });
        GgufPlan plan = builder.build();
        try (GgufWriter writer = GgufWriter.create(path, plan, WriteOptions.FRESH.withOverwrite(true))) {
            for (Map.Entry<String, ColumnStatistics> entry : matrix.entries().entrySet()) {
                ColumnStatistics statistics = entry.getValue();
                writer.write(plan.tensor(entry.getKey() + SUMS), bytes(statistics.sums()));
                writer.write(plan.tensor(entry.getKey() + COUNTS), bytes(statistics.counts()));
            }
            writer.commit();
        }
    }

    private static TensorSpec spec(String name, long columns, long matrices) {
        return TensorSpec.of(name, GgmlType.F32, columns, matrices);
    }

    private static MemorySegment bytes(float[] values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return MemorySegment.ofArray(buffer.array());
    }
}
