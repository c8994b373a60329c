package dev.lutra.tools.convert;

import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.model.ModelConfig;
import java.util.List;

/** A model to be converted. Its tensors stay readable until it is closed. */
public interface ModelSource extends AutoCloseable {
    ModelConfig config();

    /** Everything but the keys that the conversion itself decides: file type, tiles, shards. */
    GgufMetadata metadata();

    /** All tensors, in the order in which they are to be written. */
    List<SourceTensor> tensors();

    /** Tells this input from any other: paths, sizes and times of its files. */
    String identity();

    @Override
    void close();
}
