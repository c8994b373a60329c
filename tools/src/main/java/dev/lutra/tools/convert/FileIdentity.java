package dev.lutra.tools.convert;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Names files by where they are, how long and how old, so that an interrupted conversion is never resumed with other input. */
final class FileIdentity {
    private FileIdentity() {}

    static String of(List<Path> files) {
        StringBuilder identity = new StringBuilder();
        try {
            for (Path file : files)
                identity.append(file.toRealPath())
                        .append(' ')
                        .append(Files.size(file))
                        .append(' ')
                        .append(Files.getLastModifiedTime(file).toMillis())
                        .append('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return identity.toString();
    }
}
