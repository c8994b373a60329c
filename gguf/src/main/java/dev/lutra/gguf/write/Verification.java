package dev.lutra.gguf.write;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.bytes.MappedFile;
import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.file.GgufTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/** Reads a finished file back and compares it with its plan. */
final class Verification {
    private Verification() {}

    /**
     * Checks size, header bytes, and that the reader finds every tensor where it was planned.
     *
     * @throws MalformedFileException when something differs
     */
    static void check(Path file, ShardPlan plan, int alignment) throws IOException {
        try (MappedFile mapped = MappedFile.open(file)) {
            if (mapped.size() != plan.byteSize())
                throw new MalformedFileException(
                        file, "has " + mapped.size() + " bytes where " + plan.byteSize() + " were written");
            MemorySegment header = mapped.segment().asSlice(0, plan.header().length);
            long difference = header.mismatch(MemorySegment.ofArray(plan.header()));
            if (difference >= 0) throw new MalformedFileException(file, difference, "is not what was written");
        }
        try (GgufFile gguf = GgufFile.openSingle(file)) {
            List<GgufTensor> found = gguf.tensors();
            boolean same = gguf.alignment() == alignment
                    && gguf.metadata().equals(plan.metadata())
                    && found.size() == plan.tensors().size();
            for (int i = 0; same && i < found.size(); i++)
                same = matches(found.get(i), plan.tensors().get(i));
            if (!same) throw new MalformedFileException(file, "reads back differently from what was written");
        }
    }

    private static boolean matches(GgufTensor found, PlannedTensor planned) {
        TensorSpec spec = planned.spec();
        return found.name().equals(spec.name())
                && found.type().equals(spec.type())
                && found.dimensions().equals(spec.dimensions())
                && found.offset() == planned.offset()
                && found.byteSize() >= spec.byteSize();
    }
}
