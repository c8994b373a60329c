package dev.lutra.gguf.write;

/**
 * A tensor with its place.
 *
 * @param index position in the plan, from 0
 * @param shard index of the file that holds it, from 0
 * @param offset bytes from the start of that file to its data
 */
public record PlannedTensor(TensorSpec spec, int index, int shard, long offset) {
    public String name() {
        return spec.name();
    }

    public long byteSize() {
        return spec.byteSize();
    }
}
