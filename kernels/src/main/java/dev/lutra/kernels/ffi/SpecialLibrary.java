package dev.lutra.kernels.ffi;

import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.ffi.generated.lutra_ternary;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * A library that was compiled from generated source: the library's own kernels for matrices of certain dimensions. See
 * {@code special.h}. It stays loaded as long as the process lives.
 */
public final class SpecialLibrary {
    /** What a function is for; {@code group} is 0 without group scales. */
    public record Matrix(int layout, int digits, int rows, int columns, int group) {}

    /** More would be no model. */
    private static final int MOST = 1000;

    private final Path file;
    private final List<Matrix> matrices = new ArrayList<>();
    private final List<SpecialGemv> functions = new ArrayList<>();

    private SpecialLibrary(Path file) {
        this.file = file;
    }

    /**
     * Loads {@code file}.
     *
     * @throws UnsupportedOperationException when it is no such library, belongs to another version of this program, or is made
     *     for instructions that the native kernels do not use here
     */
    @SuppressWarnings("restricted") // a library is code: whoever names it trusts it
    public static SpecialLibrary load(Path file) {
        NativeLibrary.get().require();
        SpecialLibrary library = new SpecialLibrary(file);
        try {
            SymbolLookup symbols = SymbolLookup.libraryLookup(file.toAbsolutePath(), Arena.global());
            int abi = symbols.findOrThrow("lutra_special_abi")
                    .reinterpret(Integer.BYTES)
                    .get(ValueLayout.JAVA_INT, 0);
            if (abi != NativeLibrary.ABI_VERSION)
                throw new UnsupportedOperationException(file + " was made for interface " + abi + ", this program has "
                        + NativeLibrary.ABI_VERSION + "; generate and compile it again");
            String isa =
                    symbols.findOrThrow("lutra_special_isa").reinterpret(16).getString(0);
            if (!NativeLibrary.get().isas().contains(isa))
                throw new UnsupportedOperationException(file + " needs " + isa + ", here run "
                        + String.join(", ", NativeLibrary.get().isas()));
            library.read(symbols);
            return library;
        } catch (IllegalArgumentException | NoSuchElementException e) {
            throw new UnsupportedOperationException(file + " is no library of generated kernels: " + e.getMessage(), e);
        }
    }

    @SuppressWarnings("restricted") // the list ends with a zero, as special.h writes it
    private void read(SymbolLookup symbols) {
        MemorySegment list =
                symbols.findOrThrow("lutra_special_matrices").reinterpret((MOST + 1) * lutra_ternary.sizeof());
        for (int i = 0; i < MOST; i++) {
            MemorySegment entry = lutra_ternary.asSlice(list, i);
            if (lutra_ternary.layout(entry) == 0) return;
            matrices.add(new Matrix(
                    lutra_ternary.layout(entry),
                    lutra_ternary.digits(entry),
                    lutra_ternary.rows(entry),
                    lutra_ternary.columns(entry),
                    lutra_ternary.group(entry)));
            functions.add(new SpecialGemv(Linker.nativeLinker()
                    .downcallHandle(
                            symbols.findOrThrow("lutra_special_gemv_" + i), Lutra.lutra_ternary_gemv$descriptor())));
        }
    }

    public Path file() {
        return file;
    }

    /** What there are functions for. */
    public List<Matrix> matrices() {
        return List.copyOf(matrices);
    }

    /** The function for {@code matrices().get(index)}. */
    public SpecialGemv function(int index) {
        return functions.get(index);
    }
}
