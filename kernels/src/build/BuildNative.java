import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Builds the C kernels with whatever compiler is there: {@code java BuildNative.java SOURCES OUTPUT WORK}, where OUTPUT is the
 * directory that becomes META-INF/native. Environment: CC names the compiler, LUTRA_TARGET (such as linux-aarch64) the platform
 * when CC is a cross compiler.
 *
 * <p>Every source belongs to one instruction set, named by its suffix, and is compiled with that set's flags alone; nothing is
 * tuned to the machine that builds. A set that the compiler does not know is left out.
 */
final class BuildNative {
    /** An instruction set: sources that end in {@code _name.c}, its flags, and the macro that tells the dispatcher it is there. */
    record Isa(String name, List<String> flags) {
        String define() {
            return "-DLUTRA_HAVE_" + name.toUpperCase(Locale.ROOT);
        }
    }

    private static final String AVX2 = "-mavx2 -mfma -mf16c";
    private static final String AVX512 = AVX2 + " -mavx512f -mavx512bw -mavx512vl -mavx512dq";
    private static final String VNNI = AVX512 + " -mavx512vnni";
    private static final String VBMI = VNNI + " -mavx512vbmi -mgfni";
    private static final List<Isa> X86 = List.of(
            isa("avx2", AVX2),
            isa("avx512", AVX512),
            isa("vnni", VNNI),
            isa("vbmi", VBMI),
            isa("amx", VBMI + " -mamx-tile -mamx-int8"));
    private static final List<Isa> ARM = List.of(isa("neon", ""), isa("dotprod", "-march=armv8.2-a+dotprod"));

    private static final List<String> COMMON =
            List.of("-std=gnu11", "-O3", "-Wall", "-Wextra", "-fPIC", "-fvisibility=hidden", "-ffp-contract=off");

    private final Path sources;
    private final Path work;
    private final String compiler;

    private BuildNative(Path sources, Path work, String compiler) {
        this.sources = sources;
        this.work = work;
        this.compiler = compiler;
    }

    private static Isa isa(String name, String flags) {
        return new Isa(name, flags.isEmpty() ? List.of() : List.of(flags.split(" ")));
    }

    public static void main(String[] args) throws Exception {
        String compiler = findCompiler();
        if (compiler == null) {
            System.out.println("[native] no C compiler (looked for $CC, cc, gcc, clang): building without native kernels");
            return;
        }
        Path work = Files.createDirectories(Path.of(args[2]));
        new BuildNative(Path.of(args[0]), work, compiler).build(Path.of(args[1]));
    }

    private void build(Path output) throws Exception {
        String platform = platform();
        Path library = output.resolve(platform).resolve(libraryName(platform));
        String stamp = fingerprint(platform);
        Path stampFile = work.resolve("built");
        Path identity = library.resolveSibling(library.getFileName() + ".id");
        if (Files.exists(library)
                && Files.exists(identity)
                && Files.exists(stampFile)
                && Files.readString(stampFile).equals(stamp)) return;

        List<Isa> isas = new ArrayList<>();
        for (Isa isa : platform.endsWith("x86_64") ? X86 : platform.endsWith("aarch64") ? ARM : List.<Isa>of())
            if (understands(isa)) isas.add(isa);
            else System.out.println("[native] " + compiler + " cannot compile for " + isa.name() + ": left out");
        List<Path> objects = compile(isas);

        Files.createDirectories(library.getParent());
        List<String> link = new ArrayList<>(List.of(compiler, "-shared", "-o", library.toString()));
        objects.forEach(object -> link.add(object.toString()));
        link.add("-lm");
        if (platform.startsWith("linux")) link.add("-Wl,-s,-z,noexecstack");
        run(link);
        byte[] content = Files.readAllBytes(library);
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
        Files.writeString(identity, HexFormat.of().formatHex(hash, 0, 12) + " " + content.length);
        Files.writeString(stampFile, stamp);
        System.out.println("[native] " + platform + ": scalar " + String.join(" ", isas.stream().map(Isa::name).toList())
                + ", " + Files.size(library) / 1024 + " KiB, by " + compiler);
    }

    /** Compiles all sources of the sets in {@code isas} and of none, as many at a time as there are processors. */
    private List<Path> compile(List<Isa> isas) throws Exception {
        List<String> defines = isas.stream().map(Isa::define).toList();
        List<Path> objects = new ArrayList<>();
        List<Process> running = new ArrayList<>();
        for (Path source : files(".c")) {
            String stem = source.getFileName().toString().replaceFirst("\\.c$", "");
            List<String> flags = new ArrayList<>();
            String set = stem.substring(stem.lastIndexOf('_') + 1);
            boolean known = Stream.concat(X86.stream(), ARM.stream()).anyMatch(isa -> isa.name().equals(set));
            if (known) {
                Isa isa = isas.stream().filter(i -> i.name().equals(set)).findFirst().orElse(null);
                if (isa == null) continue;
                flags.addAll(isa.flags());
            }
            Path object = work.resolve(stem + ".o");
            objects.add(object);
            List<String> command = new ArrayList<>(List.of(compiler));
            command.addAll(COMMON);
            command.addAll(flags);
            command.addAll(defines);
            command.addAll(List.of("-c", source.toString(), "-o", object.toString()));
            if (running.size() >= Runtime.getRuntime().availableProcessors()) await(running.remove(0));
            running.add(new ProcessBuilder(command).inheritIO().start());
        }
        for (Process process : running) await(process);
        return objects;
    }

    private boolean understands(Isa isa) throws Exception {
        Path probe = Files.writeString(work.resolve("probe.c"), "int probe;\n");
        List<String> command = new ArrayList<>(List.of(compiler, "-Werror"));
        command.addAll(isa.flags());
        command.addAll(List.of("-c", probe.toString(), "-o", work.resolve("probe.o").toString()));
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(work.resolve("probe.log").toFile())
                        .start()
                        .waitFor()
                == 0;
    }

    /** What the library depends on: sources, this program, compiler and platform. */
    private String fingerprint(String platform) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (Path file : files("")) digest.update(Files.readAllBytes(file));
        digest.update((X86 + " " + ARM + " " + COMMON + " " + compiler + " " + platform).getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest.digest());
    }

    private Iterable<Path> files(String suffix) throws IOException {
        try (Stream<Path> list = Files.list(sources)) {
            return list.filter(file -> file.toString().endsWith(suffix))
                    .collect(() -> new TreeSet<Path>(), TreeSet::add, TreeSet::addAll);
        }
    }

    private static void run(List<String> command) throws Exception {
        await(new ProcessBuilder(command).inheritIO().start());
    }

    private static void await(Process process) throws InterruptedException {
        if (process.waitFor() != 0)
            throw new UncheckedIOException(new IOException("[native] failed: " + process.info().commandLine().orElse("cc")));
    }

    private static String findCompiler() {
        String named = System.getenv("CC");
        return Stream.of(named == null ? "" : named, "cc", "gcc", "clang")
                .filter(name -> !name.isEmpty() && isExecutable(name))
                .findFirst()
                .orElse(null);
    }

    private static boolean isExecutable(String name) {
        if (name.contains(File.separator)) return Files.isExecutable(Path.of(name));
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name))
                        || Files.isExecutable(Path.of(directory, name + ".exe")));
    }

    /** As in NativeLibrary. */
    private static String platform() {
        String named = System.getenv("LUTRA_TARGET");
        if (named != null) return named;
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT), arch = System.getProperty("os.arch");
        return (os.startsWith("mac") ? "macos" : os.startsWith("windows") ? "windows" : "linux") + "-"
                + (arch.equals("amd64") ? "x86_64" : arch);
    }

    private static String libraryName(String platform) {
        return platform.startsWith("windows") ? "lutra.dll" : platform.startsWith("macos") ? "liblutra.dylib" : "liblutra.so";
    }
}
