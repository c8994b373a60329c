package dev.lutra.kernels.ffi;

import dev.lutra.kernels.ffi.generated.Lutra;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The C kernels as they are in this process: loaded, or the reason why not. Nothing is thrown for a library that is missing or
 * does not fit; who needs it asks {@link #require}.
 */
public final class NativeLibrary {
    /** LUTRA_ABI_VERSION of the header that the bindings were made from. */
    static final int ABI_VERSION = 8;

    private static final NativeLibrary INSTANCE = load();

    private final @Nullable Path path;
    private final @Nullable LinkageError failure;

    private NativeLibrary(@Nullable Path path, @Nullable LinkageError failure) {
        this.path = path;
        this.failure = failure;
    }

    /** The library of this process, loaded on first use. */
    public static NativeLibrary get() {
        return INSTANCE;
    }

    private static NativeLibrary load() {
        try {
            Path file = LibraryFile.locate();
            System.load(file.toString());
            int version = Lutra.lutra_abi_version();
            if (version != ABI_VERSION)
                return failed(
                        "native library " + file + " has interface " + version + ", this program needs " + ABI_VERSION,
                        null);
            return new NativeLibrary(file, null);
        } catch (IOException e) {
            return failed(String.valueOf(e.getMessage()), e);
        } catch (LinkageError e) {
            return new NativeLibrary(null, e);
        }
    }

    private static NativeLibrary failed(String message, @Nullable Throwable cause) {
        UnsatisfiedLinkError error = new UnsatisfiedLinkError(message);
        error.initCause(cause);
        return new NativeLibrary(null, error);
    }

    /** Whether native kernels can be called. */
    public boolean isAvailable() {
        return path != null;
    }

    /** Why native kernels cannot be called; null when they can. */
    public @Nullable LinkageError failure() {
        return failure;
    }

    /** The file that was loaded; null when none was. */
    public @Nullable Path path() {
        return path;
    }

    /** @throws UnsupportedOperationException when the library is not there, with the reason */
    public void require() {
        if (failure != null)
            throw new UnsupportedOperationException("native kernels: " + failure.getMessage(), failure);
    }

    /** The instruction set whose kernels run, such as "avx512"; {@code LUTRA_MAX_ISA} in the environment caps it. */
    public String isa() {
        require();
        return name(Lutra.lutra_isa_active());
    }

    /** The instruction sets that can run here, "scalar" first. */
    public List<String> isas() {
        require();
        List<String> names = new ArrayList<>();
        for (int isa = 0; isa <= Lutra.lutra_isa_best(); isa++) names.add(name(isa));
        return names;
    }

    /**
     * Switches the whole process to the kernels of {@code isa}, for tests and comparisons. No kernel may be running.
     *
     * @return false when this build leaves the set out; then the next lower one is active
     */
    public boolean use(String isa) {
        int index = isas().indexOf(isa);
        if (index < 0) throw new IllegalArgumentException(isa + " is not among " + isas());
        return Lutra.lutra_isa_use(index) == index;
    }

    private static String name(int isa) {
        MemorySegment name = Lutra.lutra_isa_name(isa);
        return name.reinterpret(Byte.MAX_VALUE).getString(0);
    }
}
