package dev.lutra.gguf.bytes;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file under construction: {@code NAME.part} beside its final name, which it takes only when it is whole. Several threads
 * may write to different places at once. An interrupted thread closes the file for all of them, as channels do.
 */
public final class PartFile implements AutoCloseable {
    private static final String SUFFIX = ".part";

    /** Heap memory of any element type is copied to bytes first: pieces bound the copy. */
    private static final int HEAP_PIECE = 1 << 20;

    /** A buffer holds less than 2 GiB, a tensor may hold more. */
    private static final int NATIVE_PIECE = 1 << 30;

    private final Path target;
    private final Path part;
    private final FileChannel channel;
    private final boolean overwrite;

    private PartFile(Path target, Path part, FileChannel channel, boolean overwrite) {
        this.target = target;
        this.part = part;
        this.channel = channel;
        this.overwrite = overwrite;
    }

    /**
     * Opens the part of {@code target}.
     *
     * @param size of the whole file in bytes
     * @param overwrite whether {@code target} may exist and will then be replaced
     * @param keep whether the bytes of an earlier part of the same size stay; otherwise it begins as zeros
     * @throws FileAlreadyExistsException when {@code target} exists and may not be replaced
     * @throws FileSystemException when another process writes the same part
     */
    public static PartFile open(Path target, long size, boolean overwrite, boolean keep) throws IOException {
        refuseExisting(target, overwrite);
        Path part = partOf(target);
        folderOf(target);
        boolean created = !Files.exists(part);
        FileChannel channel =
                FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            lock(channel, part);
            locked = true;
            if (!keep || channel.size() != size) channel.truncate(0);
            if (channel.size() < size) channel.write(ByteBuffer.allocate(1), size - 1);
            return new PartFile(target, part, channel, overwrite);
        } catch (Throwable failure) {
            channel.close();
            if (created && locked) Files.deleteIfExists(part);
            throw failure;
        }
    }

    /** Where the part of {@code target} lies. */
    public static Path partOf(Path target) {
        return target.resolveSibling(target.getFileName() + SUFFIX);
    }

    /**
     * Checks beforehand that the disk of {@code target} takes {@code size} more bytes.
     *
     * @throws FileSystemException when it does not
     */
    public static void requireSpace(Path target, long size) throws IOException {
        long usable = Files.getFileStore(folderOf(target)).getUsableSpace();
        if (usable < size)
            throw new FileSystemException(
                    target.toString(), null, "needs " + size + " bytes, but the disk has " + usable + " left");
    }

    private static Path folderOf(Path target) throws FileSystemException {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder))
            throw new FileSystemException(target.toString(), null, "its folder does not exist");
        return folder;
    }

    private static void refuseExisting(Path target, boolean overwrite) throws IOException {
        if (Files.isDirectory(target)) throw new FileAlreadyExistsException(target.toString(), null, "is a folder");
        if (!overwrite && Files.exists(target))
            throw new FileAlreadyExistsException(target.toString(), null, "exists; --overwrite replaces it");
    }

    /** The lock ends with the channel, also when the process is killed. */
    private static void lock(FileChannel channel, Path part) throws IOException {
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException sameProcess) {
            // reported below, as another process's lock is
        }
        if (lock == null)
            throw new FileSystemException(part.toString(), null, "is being written by another conversion");
    }

    /** The final name. */
    public Path target() {
        return target;
    }

    /** The temporary name. */
    public Path part() {
        return part;
    }

    /** Writes all of {@code bytes} from {@code position} of the file on. */
    public void write(long position, MemorySegment bytes) throws IOException {
        int most = bytes.isNative() ? NATIVE_PIECE : HEAP_PIECE;
        for (long done = 0; done < bytes.byteSize(); done += most) {
            MemorySegment piece = bytes.asSlice(done, Math.min(most, bytes.byteSize() - done));
            ByteBuffer buffer = bytes.isNative() ? piece.asByteBuffer() : ByteBuffer.wrap(piece.toArray(JAVA_BYTE));
            for (long at = position + done; buffer.hasRemaining(); ) at += channel.write(buffer, at);
        }
    }

    /** Waits until everything written is on the disk. */
    public void force() throws IOException {
        channel.force(true);
    }

    /** Gives the finished file its final name in one step, replacing an existing file only where that was allowed. */
    public void publish() throws IOException {
        force();
        channel.close();
        refuseExisting(target, overwrite);
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        forceFolder();
    }

    /** Without this a power failure may undo the rename. Windows opens no folders, and needs none of it. */
    private void forceFolder() {
        try (FileChannel folder = FileChannel.open(folderOf(target), StandardOpenOption.READ)) {
            folder.force(true);
        } catch (IOException unsupported) {
            // the file itself is whole and on the disk under one of its two names
        }
    }

    /** Closes the file and leaves the part for a later attempt. */
    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Closes the file and removes the part. */
    public void discard() throws IOException {
        channel.close();
        Files.deleteIfExists(part);
    }
}
