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

    private static final int LONGEST_REASON = 2000;

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
        super(file + (offset < 0 ? "" : " at byte " + offset) + ": " + oneLine(reason), cause);
        this.file = file;
        this.offset = offset;
        this.reason = reason;
    }

    /** Names from a hostile file may hold line breaks or terminal escapes, and be as long as they like. */
    private static String oneLine(String text) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < text.length() && i < LONGEST_REASON; i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c)) line.append(String.format("\\u%04x", (int) c));
            else line.append(c);
        }
        return text.length() > LONGEST_REASON ? line + "..." : line.toString();
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
