package dev.lutra.tools.convert;

import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.file.GgufTensor;
import dev.lutra.gguf.write.GgufPlan;
import dev.lutra.gguf.write.GgufPlanBuilder;
import dev.lutra.gguf.write.GgufWriter;
import dev.lutra.gguf.write.PlannedTensor;
import dev.lutra.gguf.write.SplitLimits;
import dev.lutra.gguf.write.TensorSpec;
import dev.lutra.gguf.write.WriteOptions;
import dev.lutra.tools.report.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Writes a model's tensors as they are into other files: several for one, or one for several. */
public final class GgufCopy {
    private final GgufFile file;
    private final SplitLimits limits;
    private final GgufPlan plan;

    /** Plans the copy of {@code file} within {@code limits}. */
    public GgufCopy(GgufFile file, SplitLimits limits) {
        this.file = file;
        this.limits = limits;
        GgufPlanBuilder builder =
                GgufPlan.builder(file.metadata()).alignment(file.alignment()).split(limits);
        for (GgufTensor tensor : file.tensors()) builder.tensor(TensorSpec.copyOf(tensor));
        plan = builder.build();
    }

    public GgufPlan plan() {
        return plan;
    }

    /**
     * Writes the files.
     *
     * @param target the final name; shards derive theirs from it
     * @return the files, in order
     */
    public List<Path> write(Path target, WriteOptions options) throws IOException {
        String source = FileIdentity.of(file.paths()) + limits;
        try (Progress progress = Progress.of("writing", plan.byteSize());
                GgufWriter writer = GgufWriter.create(target, plan, options.withSource(source))) {
            for (GgufTensor tensor : file.tensors()) {
                PlannedTensor place = plan.tensor(tensor.name());
                if (!writer.isFinished(place)) writer.write(place, tensor.data());
                progress.advance(tensor.byteSize());
            }
            return writer.commit();
        }
    }
}
