package dev.lutra.quant.imatrix;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.bytes.ByteCursor;
import dev.lutra.gguf.bytes.MappedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Reads and writes importance matrices. */
public final class ImportanceFile {
    private static final int GGUF_MAGIC = 0x46554747;

    /** The two forms of file. */
    public enum Form {
        /** What llama.cpp writes today. */
        GGUF,
        /** What it wrote before, usually called {@code imatrix.dat}: one count for all experts of a layer. */
        LEGACY
    }

    private ImportanceFile() {}

    /**
     * Reads {@code path}, whichever form it has.
     *
     * @throws MalformedFileException when it is neither, damaged, or holds numbers that cannot be importance
     */
    public static ImportanceMatrix read(Path path) throws IOException {
        boolean gguf;
        try (MappedFile file = MappedFile.open(path)) {
            if (file.size() < Integer.BYTES)
                throw new MalformedFileException(path, "is too short for an importance matrix");
            gguf = file.segment().get(ByteCursor.INT_LE, 0) == GGUF_MAGIC;
            if (!gguf) return LegacyForm.read(path, file.segment());
        }
        return GgufForm.read(path);
    }

    /** Writes {@code matrix}; an existing file is replaced as a whole. */
    public static void write(ImportanceMatrix matrix, Path path, Form form) throws IOException {
        switch (form) {
            case GGUF -> GgufForm.write(matrix, path);
            case LEGACY -> LegacyForm.write(matrix, path);
        }
    }

    /** Statistics from a file, or a fault that names the tensor. */
    static ColumnStatistics statistics(Path path, String tensor, float[] sums, float[] counts) {
        try {
            return new ColumnStatistics(sums, counts);
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(
                    path, "entry " + tensor + ": " + e.getMessage() + "; compute the importance matrix again");
        }
    }

    static void requireNew(Map<String, ColumnStatistics> entries, Path path, String tensor) {
        if (entries.containsKey(tensor)) throw new MalformedFileException(path, "entry " + tensor + " appears twice");
    }
}
