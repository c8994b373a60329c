package dev.lutra.gguf.write;

import dev.lutra.gguf.bytes.PartFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Writes the tensors of a {@link GgufPlan}, in any order, in windows, from any number of threads. Files grow under temporary
 * names; {@link #commit} verifies them and gives them their final ones. Closing without a commit removes everything, unless
 * {@link #suspend} was called; a process that is killed leaves what {@link WriteOptions#resume} continues.
 */
public final class GgufWriter implements AutoCloseable {
    private final GgufPlan plan;
    private final List<PlannedTensor> tensors;
    private final List<PartFile> parts = new ArrayList<>();
    private final Journal journal;
    private final Set<Integer> resumed;
    private final Checkpointer checkpointer;

    /** Bytes written so far, by index in the plan. */
    private final AtomicLongArray written;

    private boolean done;

    private GgufWriter(Path target, GgufPlan plan, WriteOptions options) throws IOException {
        this.plan = plan;
        this.tensors = List.copyOf(plan.tensors().values());
        this.written = new AtomicLongArray(tensors.size());
        List<Path> targets = plan.paths(target);
        String identity = Journal.identity(plan, options.source());
        Path journalPath = Journal.beside(PartFile.partOf(targets.getFirst()));
        this.resumed = options.resume() ? resumable(targets, journalPath, identity) : Set.of();
        PartFile.requireSpace(target, plan.byteSize() - bytesOf(resumed));
        try {
            openParts(targets, options.overwrite());
            this.journal = Journal.start(journalPath, identity, resumed);
        } catch (Throwable failure) {
            // what an earlier attempt left stays for a later one
            for (PartFile part : parts)
                if (resumed.isEmpty()) part.discard();
                else part.close();
            throw failure;
        }
        for (int index : resumed) written.set(index, tensors.get(index).byteSize());
        checkpointer = new Checkpointer(parts, journal);
    }

    private long bytesOf(Set<Integer> indices) {
        return indices.stream()
                .mapToLong(index -> tensors.get(index).byteSize())
                .sum();
    }

    /**
     * Creates the temporary files and writes the headers.
     *
     * @param target the final name; shards derive theirs from it
     * @throws java.nio.file.FileAlreadyExistsException when a file exists and may not be replaced
     * @throws java.nio.file.FileSystemException when the disk is too full, or another process writes the same files
     */
    public static GgufWriter create(Path target, GgufPlan plan, WriteOptions options) throws IOException {
        return new GgufWriter(target, plan, options);
    }

    /** The tensors that an earlier attempt finished, none when its files are not all there. */
    private Set<Integer> resumable(List<Path> targets, Path journalPath, String identity) throws IOException {
        Set<Integer> finished = Journal.finishedTensors(journalPath, identity, tensors.size());
        // with every tensor finished, the attempt may have ended while it gave the shards their final names
        boolean publishing = finished.size() == tensors.size();
        for (int i = 0; i < targets.size(); i++) {
            Path part = PartFile.partOf(targets.get(i));
            if (publishing && !Files.exists(part) && Files.isRegularFile(targets.get(i)))
                Files.move(targets.get(i), part);
            if (!Files.isRegularFile(part)
                    || Files.size(part) != plan.shards().get(i).byteSize()) return Set.of();
        }
        return finished;
    }

    private void openParts(List<Path> targets, boolean overwrite) throws IOException {
        for (int i = 0; i < targets.size(); i++) {
            ShardPlan shard = plan.shards().get(i);
            PartFile part = PartFile.open(targets.get(i), shard.byteSize(), overwrite, !resumed.isEmpty());
            parts.add(part);
            part.write(0, MemorySegment.ofArray(shard.header()));
        }
    }

    /** The final names, in order. */
    public List<Path> targets() {
        return parts.stream().map(PartFile::target).toList();
    }

    /** Whether all bytes of a tensor are written, in this attempt or in the one that it continues. */
    public boolean isFinished(PlannedTensor tensor) {
        return written.get(tensor.index()) == tensor.byteSize();
    }

    /** Tensors that an earlier attempt finished. */
    public int resumedTensors() {
        return resumed.size();
    }

    /** Writes a whole tensor. */
    public void write(PlannedTensor tensor, MemorySegment bytes) throws IOException {
        if (bytes.byteSize() != tensor.byteSize())
            throw new IllegalArgumentException(
                    "tensor " + tensor.name() + " has " + tensor.byteSize() + " bytes, not " + bytes.byteSize());
        write(tensor, 0, bytes);
    }

    /**
     * Writes a window of a tensor. Each byte is to be written once: when their number is reached, the tensor counts as
     * finished.
     *
     * @param at offset of the window inside the tensor's data
     */
    public void write(PlannedTensor tensor, long at, MemorySegment bytes) throws IOException {
        long length = bytes.byteSize();
        if (at < 0 || length > tensor.byteSize() - at)
            throw new IllegalArgumentException("bytes " + at + " to " + (at + length) + " are outside tensor "
                    + tensor.name() + " of " + tensor.byteSize());
        if (length == 0) return;
        parts.get(tensor.shard()).write(tensor.offset() + at, bytes);
        long total = written.addAndGet(tensor.index(), length);
        if (total > tensor.byteSize())
            throw new IllegalStateException("a byte of tensor " + tensor.name() + " was written twice");
        if (total == tensor.byteSize()) checkpointer.finished(tensor.index());
    }

    /**
     * Verifies the files and gives them their final names.
     *
     * @return the files, in order
     * @throws IllegalStateException when a tensor is not finished
     * @throws dev.lutra.gguf.MalformedFileException when what is on the disk is not what was planned
     */
    public synchronized List<Path> commit() throws IOException {
        for (PlannedTensor tensor : tensors)
            if (!isFinished(tensor))
                throw new IllegalStateException("tensor " + tensor.name() + " is not finished: "
                        + written.get(tensor.index()) + " of " + tensor.byteSize() + " bytes are written");
        checkpointer.finish();
        for (int i = 0; i < parts.size(); i++)
            Verification.check(parts.get(i).part(), plan.shards().get(i), plan.alignment());
        List<Path> targets = targets();
        // the first shard last: a model cannot be opened before it is complete
        for (PartFile part : parts.reversed()) part.publish();
        done = true;
        journal.discard();
        return targets;
    }

    /** Closes the files and leaves them for a later attempt with {@link WriteOptions#resume}. */
    public synchronized void suspend() throws IOException {
        if (done) return;
        checkpointer.finish();
        done = true;
        for (PartFile part : parts) part.close();
        journal.close();
    }

    @Override
    public synchronized void close() throws IOException {
        if (done) return;
        done = true;
        checkpointer.stop();
        for (PartFile part : parts) part.discard();
        journal.discard();
    }
}
