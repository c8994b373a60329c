package dev.lutra.tools.command;

import dev.lutra.engine.tokenizer.Tokenizer;
import dev.lutra.gguf.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Token ids in a file: a JSON array, or raw little-endian u16 when the name ends in {@code .u16}. */
public final class TokenFile {
    private static final long MOST_BYTES = 1L << 30;

    private TokenFile() {}

    /** All ids of {@code file}. */
    public static int[] read(Path file) throws IOException {
        long size = Files.size(file);
        if (size > MOST_BYTES) throw new MalformedFileException(file, "has " + size + " bytes; that is no list of ids");
        return file.toString().endsWith(".u16") ? readU16(file) : readJson(file);
    }

    /** All ids of {@code file}, or, unless it is called {@code .u16} or {@code .json}, of the text in it. */
    public static int[] read(Path file, Tokenizer tokenizer) throws IOException {
        boolean ids = file.toString().endsWith(".u16") || file.toString().endsWith(".json");
        return ids ? read(file) : tokenizer.encode(Files.readString(file));
    }

    private static int[] readU16(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length % 2 != 0) throw new MalformedFileException(file, "has an odd number of bytes; ids are u16");
        int[] ids = new int[bytes.length / 2];
        for (int i = 0; i < ids.length; i++) ids[i] = (bytes[2 * i] & 0xFF) | (bytes[2 * i + 1] & 0xFF) << 8;
        return ids;
    }

    private static int[] readJson(Path file) throws IOException {
        try {
            return JsonMapper.builder().build().readValue(Files.readAllBytes(file), int[].class);
        } catch (JacksonException e) {
            throw new MalformedFileException(
                    file, MalformedFileException.NO_OFFSET, "is no JSON array of ids: " + e.getOriginalMessage(), e);
        }
    }
}
