package dev.lutra.tools.dummy;

import dev.lutra.engine.tokenizer.TokenizerData;
import dev.lutra.gguf.bytes.PartFile;
import dev.lutra.gguf.names.ExpectedTensor;
import dev.lutra.gguf.safetensors.Dtype;
import dev.lutra.gguf.safetensors.SafetensorsWriter;
import dev.lutra.kernels.team.Team;
import dev.lutra.tools.convert.Windows;
import dev.lutra.tools.report.Progress;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Writes a {@link RandomModel} as a Hugging Face checkpoint: bfloat16 safetensors in shards, and the JSON files beside them. */
public final class CheckpointWriter {
    /** Where transformers cuts by default. */
    public static final long SHARD_BYTES = 5_000_000_000L;

    private static final ValueLayout.OfShort BF16 = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final RandomModel model;
    private final Path folder;
    private final boolean overwrite;
    private final long shardBytes;

    /** @param shardBytes most bytes of tensors in a file; {@link #SHARD_BYTES} usually */
    public CheckpointWriter(RandomModel model, Path folder, boolean overwrite, long shardBytes) {
        this.model = model;
        this.folder = folder;
        this.overwrite = overwrite;
        this.shardBytes = shardBytes;
    }

    /** One part of a {@link RandomTensor}: all of it, or one expert. */
    private record Part(RandomTensor tensor, int index) {
        ExpectedTensor expected() {
            return tensor.expected();
        }

        String name() {
            return expected().sources().get(index).getFirst();
        }

        long byteSize() {
            return (long) expected().rows() * expected().columns() * Short.BYTES;
        }

        SafetensorsWriter.Entry entry() {
            long rows = expected().rows(), columns = expected().columns();
            return new SafetensorsWriter.Entry(
                    name(), Dtype.BF16, expected().vector() ? List.of(columns) : List.of(rows, columns));
        }
    }

    /**
     * Writes all files. Those of weights take their names together, after the last weight is written.
     *
     * @return the files of weights
     */
    public List<Path> write(Team team, Progress progress) throws IOException {
        TokenizerData vocabulary = ByteVocabulary.of(model.config().vocabulary());
        List<List<Part>> shards = shards();
        Files.createDirectories(folder);
        List<Path> files = names(shards.size()).stream().map(folder::resolve).toList();
        long total =
                shards.stream().flatMap(List::stream).mapToLong(Part::byteSize).sum();
        PartFile.requireSpace(files.getFirst(), total);
        writeShards(shards, files, team, progress);
        if (shards.size() > 1) writeJson("model.safetensors.index.json", index(shards, files, total));
        writeJson("tokenizer.json", CheckpointFiles.tokenizer(vocabulary));
        writeJson(
                "tokenizer_config.json",
                CheckpointFiles.tokenizerConfig(vocabulary, model.config().context()));
        writeJson("config.json", CheckpointFiles.config(model.config()));
        return files;
    }

    private List<List<Part>> shards() {
        List<List<Part>> shards = new ArrayList<>();
        long bytes = 0;
        for (RandomTensor tensor : model.randomTensors())
            for (int i = 0; i < tensor.expected().sources().size(); i++) {
                Part part = new Part(tensor, i);
                if (shards.isEmpty() || bytes + part.byteSize() > shardBytes) {
                    shards.add(new ArrayList<>());
                    bytes = 0;
                }
                shards.getLast().add(part);
                bytes += part.byteSize();
            }
        return shards;
    }

    private static List<String> names(int count) {
        if (count == 1) return List.of("model.safetensors");
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= count; i++) names.add(String.format("model-%05d-of-%05d.safetensors", i, count));
        return names;
    }

    private void writeShards(List<List<Part>> shards, List<Path> files, Team team, Progress progress)
            throws IOException {
        List<SafetensorsWriter> writers = new ArrayList<>();
        try {
            for (int i = 0; i < files.size(); i++)
                writers.add(SafetensorsWriter.create(
                        files.get(i),
                        shards.get(i).stream().map(Part::entry).toList(),
                        Map.of("format", "pt"),
                        overwrite));
            for (int i = 0; i < files.size(); i++)
                for (Part part : shards.get(i)) {
                    writePart(part, writers.get(i), team);
                    progress.advance(part.byteSize());
                }
            for (SafetensorsWriter writer : writers) writer.commit();
        } finally {
            for (SafetensorsWriter writer : writers) writer.close();
        }
    }

    private static void writePart(Part part, SafetensorsWriter writer, Team team) throws IOException {
        int rows = part.expected().rows(), columns = part.expected().columns();
        Windows windows = new Windows(rows, columns, 1);
        windows.run(team, () -> {
            float[] weights = new float[Math.multiplyExact(windows.rowsPerWindow(), columns)];
            MemorySegment out = Arena.ofAuto().allocate((long) weights.length * Short.BYTES, Long.BYTES);
            return (window, from, count) -> {
                part.tensor().readRows(part.index() * rows + from, count, weights);
                long elements = (long) count * columns;
                for (long i = 0; i < elements; i++)
                    out.setAtIndex(BF16, i, (short) (Float.floatToRawIntBits(weights[(int) i]) >>> 16));
                writer.write(part.name(), (long) from * columns * Short.BYTES, out.asSlice(0, elements * Short.BYTES));
            };
        });
    }

    private static ObjectNode index(List<List<Part>> shards, List<Path> files, long total) {
        ObjectNode root = JSON.createObjectNode();
        root.putObject("metadata").put("total_size", total);
        ObjectNode map = root.putObject("weight_map");
        for (int i = 0; i < files.size(); i++)
            for (Part part : shards.get(i))
                map.put(part.name(), String.valueOf(files.get(i).getFileName()));
        return root;
    }

    private void writeJson(String name, ObjectNode content) throws IOException {
        byte[] bytes = (JSON.writerWithDefaultPrettyPrinter().writeValueAsString(content) + "\n")
                .getBytes(StandardCharsets.UTF_8);
        PartFile part = PartFile.open(folder.resolve(name), bytes.length, overwrite, false);
        part.write(0, MemorySegment.ofArray(bytes));
        part.publish();
    }
}
