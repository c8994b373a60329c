package dev.lutra.tools.inspect;

import dev.lutra.gguf.MalformedFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Tells the formats of model files apart. */
public enum ModelFile {
    GGUF,
    SAFETENSORS;

    private static final byte[] GGUF_MAGIC = "GGUF".getBytes(StandardCharsets.US_ASCII);

    /** The header's length stands in 8 bytes in front of it. */
    private static final int JSON_START = Long.BYTES;

    /**
     * The format of {@code file}, by its first bytes.
     *
     * @throws MalformedFileException when it is neither
     */
    public static ModelFile of(Path file) throws IOException {
        byte[] start = start(file);
        if (isGguf(start)) return GGUF;
        if (start.length > JSON_START && start[JSON_START] == '{') return SAFETENSORS;
        throw new MalformedFileException(file, "is neither GGUF nor safetensors");
    }

    /** Whether {@code file} is a GGUF; a folder is not. */
    public static boolean isGguf(Path file) throws IOException {
        return Files.isRegularFile(file) && isGguf(start(file));
    }

    private static boolean isGguf(byte[] start) {
        return start.length >= GGUF_MAGIC.length && Arrays.equals(Arrays.copyOf(start, GGUF_MAGIC.length), GGUF_MAGIC);
    }

    private static byte[] start(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(JSON_START + 1);
        }
    }
}
