package dev.lutra.lutgen.source;

import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ternary.NativeLayout;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Compiles a {@link KernelSource} with the machine's C compiler, for the instruction set that its layout needs. */
public final class KernelCompiler {
    /** What the sources include, packed beside the classes. */
    private static final List<String> SOURCES = List.of(
            "special.h",
            "lutra_kernels.h",
            "lutra_ops.h",
            "ternary_layout.h",
            "ternary_gemv.h",
            "ternary_avx512.h",
            "ternary_avx2.c",
            "ternary_lookup_avx2.c",
            "ternary_avx512.c",
            "ternary_vnni.c",
            "ternary_vbmi.c",
            "ternary_neon.c",
            "ternary_lookup_neon.c",
            "ternary_dotprod.c");

    private static final String AVX2 = "-mavx2 -mfma -mf16c";
    private static final String AVX512 = AVX2 + " -mavx512f -mavx512bw -mavx512vl -mavx512dq";

    private final String compiler;

    private KernelCompiler(String compiler) {
        this.compiler = compiler;
    }

    /** The compiler that CC names, or the first of cc, gcc and clang on the PATH. */
    public static Optional<KernelCompiler> find() {
        String named = System.getenv("CC");
        return Stream.of(named == null ? "" : named, "cc", "gcc", "clang")
                .filter(name -> !name.isEmpty() && isExecutable(name))
                .findFirst()
                .map(KernelCompiler::new);
    }

    private static boolean isExecutable(String name) {
        if (name.contains(File.separator)) return Files.isExecutable(Path.of(name));
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }

    /**
     * Compiles {@code source} into a library beside it.
     *
     * @throws IOException when the compiler fails, with what it says
     */
    public Path compile(Path source, NativeLayout layout) throws IOException {
        String stem = source.getFileName().toString().replaceFirst("\\.c$", "");
        Path library = source.resolveSibling(System.mapLibraryName(stem));
        Path work = Files.createTempDirectory("lutra");
        try {
            for (String name : SOURCES) unpack(name, work);
            Path made = work.resolve(library.getFileName());
            List<String> command = new ArrayList<>(List.of(compiler, "-std=gnu11", "-O3", "-fPIC"));
            command.addAll(List.of("-fvisibility=hidden", "-ffp-contract=off", "-ffunction-sections", "-shared"));
            command.addAll(flags(layout));
            command.addAll(List.of("-I", work.toString(), source.toString(), "-o", made.toString()));
            command.add(isMac() ? "-Wl,-dead_strip" : "-Wl,--gc-sections");
            run(command);
            // a library that another process has mapped must not be overwritten, but may be replaced
            Files.deleteIfExists(library);
            Files.copy(made, library);
            return library;
        } finally {
            try (Stream<Path> files = Files.list(work)) {
                for (Path file : files.toList()) Files.delete(file);
            }
            Files.delete(work);
        }
    }

    private static void unpack(String name, Path folder) throws IOException {
        String resource = "META-INF/native/c/" + name;
        try (InputStream in = KernelCompiler.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) throw new IOException("this build lacks " + resource + ", which generated kernels include");
            Files.copy(in, folder.resolve(name));
        }
    }

    private static List<String> flags(NativeLayout layout) {
        List<String> isas = NativeLibrary.get().isas();
        if (!isas.contains("avx2")) return isas.contains("dotprod") ? List.of("-march=armv8.2-a+dotprod") : List.of();
        String flags = switch (layout) {
            case FIVE -> AVX512;
            case QUINT -> AVX512 + " -mavx512vnni -mavx512vbmi -mgfni";
            case CODES -> isas.contains("vnni") ? AVX512 + " -mavx512vnni" : AVX2;
            case TRIPLE -> AVX2;
        };
        return List.of(flags.split(" "));
    }

    private static boolean isMac() {
        return System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac");
    }

    private static void run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) throw new IOException(String.join(" ", command) + " failed:\n" + said.strip());
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while compiling", e);
        }
    }
}
