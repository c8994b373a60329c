package dev.lutra.tools.calibrate;

import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.tools.convert.ModelSource;
import dev.lutra.tools.convert.SourceTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;

/** A model whose layers come from a {@link LayerStore} and whose other tensors come from where they were. */
final class CalibratedSource implements ModelSource {
    private final ModelSource source;
    private final Arena arena;
    private final List<SourceTensor> tensors;

    private CalibratedSource(ModelSource source, Arena arena, List<SourceTensor> tensors) {
        this.source = source;
        this.arena = arena;
        this.tensors = tensors;
    }

    static CalibratedSource open(ModelSource source, LayerStore store) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            Map<String, LayerStore.Stored> stored = store.tensors(arena);
            List<SourceTensor> tensors = source.tensors().stream()
                    .map(tensor -> stored.containsKey(tensor.name())
                            ? new CalibratedTensor(tensor, stored.get(tensor.name()))
                            : tensor)
                    .toList();
            return new CalibratedSource(source, arena, tensors);
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    @Override
    public ModelConfig config() {
        return source.config();
    }

    @Override
    public GgufMetadata metadata() {
        return source.metadata();
    }

    @Override
    public List<SourceTensor> tensors() {
        return tensors;
    }

    @Override
    public String identity() {
        return source.identity() + ", calibrated";
    }

    @Override
    public void close() {
        arena.close();
        source.close();
    }
}
