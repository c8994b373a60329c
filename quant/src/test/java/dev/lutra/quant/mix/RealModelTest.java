package dev.lutra.quant.mix;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lutra.gguf.safetensors.Checkpoint;
import dev.lutra.gguf.safetensors.SafetensorsTensor;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The projections of a real small chat model lose under each format what they lose under llama.cpp's quantizers, rows of 1408
 * falling back where 256 does not divide them.
 */
class RealModelTest {
    private record Loss(double relativeError, double bitsPerWeight) {}

    private static Path folder() {
        Path at = Path.of("").toAbsolutePath();
        for (; at != null; at = at.getParent()) {
            Path candidate = at.resolve("shared/fixtures/real-small");
            if (Files.isDirectory(candidate)) return candidate;
        }
        return Assumptions.abort("shared/fixtures/real-small is not beside the repository");
    }

    static List<String> formats() {
        return List.of("q3_K", "q4_K", "q6_K");
    }

    @ParameterizedTest
    @MethodSource("formats")
    void losesWhatTheReferenceLoses(String format) throws IOException {
        JsonNode table = JsonMapper.shared()
                .readTree(Files.readAllBytes(folder().resolve("expected.json")))
                .get("quality")
                .get("table");
        JsonNode expected = table.valueStream()
                .filter(row -> row.get("format").asString().equals(format))
                .findFirst()
                .orElseThrow();
        Loss loss = loss(GgmlType.byName(format).orElseThrow());
        assertEquals(expected.get("relative_error").asDouble(), loss.relativeError(), 2e-6);
        assertEquals(expected.get("bits_per_weight").asDouble(), loss.bitsPerWeight(), 1e-3);
    }

    /** As llama.cpp v0.5.0, but that the table was made when IQ4_NL still stood in for Q2_K and Q3_K where Q4_0 does now. */
    private static TensorType fitting(GgmlType type, SafetensorsTensor tensor) {
        TensorType fitting = Fallback.compatible(tensor.name(), tensor.columns(), type);
        boolean stoodInByIq4 = fitting != type && (type == GgmlType.Q2_K || type == GgmlType.Q3_K);
        return stoodInByIq4 ? GgmlType.IQ4_NL : fitting;
    }

    private static Loss loss(GgmlType type) throws IOException {
        double error = 0, power = 0;
        long bytes = 0, weights = 0;
        try (Checkpoint checkpoint = Checkpoint.open(folder())) {
            for (SafetensorsTensor tensor : checkpoint.tensors()) {
                if (!tensor.name().endsWith("_proj.weight")) continue;
                int columns = Math.toIntExact(tensor.columns()), rows = Math.toIntExact(tensor.rows());
                RowCodec codec = RowCodecs.of(fitting(type, tensor));
                byte[] row = new byte[(int) codec.type().byteSize(columns, 1).orElseThrow()];
                float[] x = tensor.readRows(0, rows), decoded = new float[columns];
                for (int r = 0; r < rows; r++) {
                    codec.encode(x, r * columns, columns, null, MemorySegment.ofArray(row), 0);
                    codec.decode(MemorySegment.ofArray(row), 0, decoded, 0, columns);
                    for (int i = 0; i < columns; i++) {
                        double w = x[r * columns + i], difference = w - decoded[i];
                        error += difference * difference;
                        power += w * w;
                    }
                }
                bytes += (long) row.length * rows;
                weights += tensor.elements();
            }
        }
        return new Loss(Math.sqrt(error / power), 8.0 * bytes / weights);
    }
}
