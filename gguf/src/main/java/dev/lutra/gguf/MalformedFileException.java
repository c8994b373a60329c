package dev.lutra.gguf;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file that is not what it claims to be: cut off, damaged, or of a kind that cannot be read here. The message is one line
 * that names the file, the place, what is wrong, and, where there is one, the remedy.
 */
public final class MalformedFileException extends RuntimeException {
    /** In place of an offset when the fault has no single position, such as a missing tensor. */
    public static final long NO_OFFSET = -1;

    private final Path file;
    private final long offset;
    private final String reason;

    /** A fault of the file as a whole. */
    public MalformedFileException(Path file, String reason) {
        this(file, NO_OFFSET, reason, null);
    }

    /**
     * @param offset bytes from the start of the file to the faulty field, or {@link #NO_OFFSET}
     * @param reason what is wrong with which tensor, key or field, and what to do about it
     */
    public MalformedFileException(Path file, long offset, String reason) {
        this(file, offset, reason, null);
    }

    public MalformedFileException(Path file, long offset, String reason, @Nullable Throwable cause) {
        super(file + (offset < 0 ? "" : " at byte " + offset) + ": " + reason, cause);
        this.file = file;
        this.offset = offset;
        this.reason = reason;
    }

    public Path file() {
        return file;
    }

    /** Bytes from the start of {@link #file}, or {@link #NO_OFFSET}. */
    public long offset() {
        return offset;
    }

    /** The message without file and offset. */
    public String reason() {
        return reason;
    }
}
