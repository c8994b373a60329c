package dev.lutra.kernels.ffi;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/**
 * Finds the file of the native library: the one that property {@code lutra.library} or environment variable
 * {@code LUTRA_LIBRARY} names, or the one packed beside this class, unpacked once per content into the user's cache.
 */
final class LibraryFile {
    private LibraryFile() {}

    static Path locate() throws IOException {
        String named = System.getProperty("lutra.library", System.getenv("LUTRA_LIBRARY"));
        if (named != null) {
            Path file = Path.of(named).toAbsolutePath();
            if (!Files.isRegularFile(file)) throw new NoSuchFileException("there is no native library at " + file);
            return file;
        }
        return unpack(cache());
    }

    /** Unpacks the packed library below {@code cache}, unless the one of this build is there. */
    static Path unpack(Path cache) throws IOException {
        String resource = "META-INF/native/" + platform() + "/" + System.mapLibraryName("lutra");
        // The build wrote its hash and size: to read the library itself, and hash it, costs a start some ten
        // milliseconds.
        String[] identity = new String(read(resource + ".id"), StandardCharsets.US_ASCII)
                .strip()
                .split(" ");
        Path file = cache.resolve(identity[0]).resolve(System.mapLibraryName("lutra"));
        if (Files.isRegularFile(file) && Files.size(file) == Long.parseLong(identity[1])) return file;
        Files.createDirectories(file.getParent());
        Path part = Files.createTempFile(file.getParent(), "lutra", ".part");
        try {
            Files.write(part, read(resource));
            move(part, file);
        } finally {
            Files.deleteIfExists(part);
        }
        return file;
    }

    /** Another process may be unpacking the same file: it appears whole or not at all. */
    private static void move(Path part, Path file) throws IOException {
        try {
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static byte[] read(String resource) throws IOException {
        try (InputStream in = LibraryFile.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null)
                throw new IOException("this build has no native library for " + platform()
                        + "; build it where a C compiler is installed, or set LUTRA_LIBRARY to one");
            return in.readAllBytes();
        }
    }

    /** Operating system and architecture, such as linux-x86_64; the build step names its output the same. */
    static String platform() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT), arch = System.getProperty("os.arch");
        return (os.startsWith("mac") ? "macos" : os.startsWith("windows") ? "windows" : "linux") + "-"
                + (arch.equals("amd64") ? "x86_64" : arch);
    }

    private static Path cache() {
        String configured = System.getenv("XDG_CACHE_HOME"), local = System.getenv("LOCALAPPDATA");
        Path home = Path.of(System.getProperty("user.home"));
        if (configured != null && Path.of(configured).isAbsolute()) return Path.of(configured, "lutra");
        if (local != null && platform().startsWith("windows")) return Path.of(local, "lutra");
        return platform().startsWith("macos")
                ? home.resolve("Library/Caches/lutra")
                : home.resolve(".cache").resolve("lutra");
    }
}
