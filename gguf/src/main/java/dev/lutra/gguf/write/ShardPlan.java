package dev.lutra.gguf.write;

import dev.lutra.gguf.file.GgufFormat;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.metadata.MetadataEncoder;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * One file of the output.
 *
 * @param metadata the key-value section
 * @param tensors in file order
 * @param header every byte in front of the tensor data, padding included
 * @param byteSize of the whole file, padding after the last tensor included
 */
public record ShardPlan(GgufMetadata metadata, List<PlannedTensor> tensors, byte[] header, long byteSize) {
    /**
     * Lays out one file: header, then each tensor at the next multiple of {@code alignment}.
     *
     * @param firstIndex position in the plan of the file's first tensor
     */
    static ShardPlan layOut(int shard, int firstIndex, GgufMetadata metadata, List<TensorSpec> specs, int alignment) {
        List<Long> offsets = new ArrayList<>(specs.size());
        long end = 0;
        for (TensorSpec spec : specs) {
            offsets.add(end);
            end = GgufFormat.align(Math.addExact(end, spec.byteSize()), alignment);
        }
        byte[] header = encode(metadata, specs, offsets, alignment);
        List<PlannedTensor> tensors = new ArrayList<>(specs.size());
        for (int i = 0; i < specs.size(); i++)
            tensors.add(new PlannedTensor(specs.get(i), firstIndex + i, shard, header.length + offsets.get(i)));
        return new ShardPlan(metadata, List.copyOf(tensors), header, Math.addExact(header.length, end));
    }

    private static byte[] encode(GgufMetadata metadata, List<TensorSpec> specs, List<Long> offsets, int alignment) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        MetadataEncoder.littleEndian(out, GgufFormat.MAGIC, Integer.BYTES);
        MetadataEncoder.littleEndian(out, GgufFormat.VERSION, Integer.BYTES);
        MetadataEncoder.littleEndian(out, specs.size(), Long.BYTES);
        MetadataEncoder.littleEndian(out, metadata.size(), Long.BYTES);
        MetadataEncoder.entries(out, metadata);
        for (int i = 0; i < specs.size(); i++) {
            TensorSpec spec = specs.get(i);
            MetadataEncoder.string(out, spec.name());
            MetadataEncoder.littleEndian(out, spec.dimensions().size(), Integer.BYTES);
            for (long dimension : spec.dimensions()) MetadataEncoder.littleEndian(out, dimension, Long.BYTES);
            MetadataEncoder.littleEndian(out, spec.type().id(), Integer.BYTES);
            MetadataEncoder.littleEndian(out, offsets.get(i), Long.BYTES);
        }
        out.writeBytes(new byte[(int) (GgufFormat.align(out.size(), alignment) - out.size())]);
        return out.toByteArray();
    }
}
