package dev.lutra.gguf.write;

/**
 * How a file is written.
 *
 * @param overwrite whether existing files under the final names are replaced
 * @param resume whether to go on where an interrupted attempt with the same plan and {@code source} stopped
 * @param source identifies the input and everything that decides the bytes, such as names, sizes and times of the input
 *     files and the options; an attempt with another one is not resumed
 */
public record WriteOptions(boolean overwrite, boolean resume, String source) {
    /** Existing files are refused, earlier attempts are ignored. */
    public static final WriteOptions FRESH = new WriteOptions(false, false, "");

    public WriteOptions withOverwrite(boolean allowed) {
        return new WriteOptions(allowed, resume, source);
    }

    public WriteOptions withResume(boolean wanted) {
        return new WriteOptions(overwrite, wanted, source);
    }

    public WriteOptions withSource(String identity) {
        return new WriteOptions(overwrite, resume, identity);
    }
}
