package dev.lutra.kernels.ternary;

import dev.lutra.kernels.ffi.SpecialGemv;
import dev.lutra.kernels.ffi.SpecialLibrary;
import dev.lutra.kernels.ffi.SpecialLibrary.Matrix;
import dev.lutra.quant.ternary.DigitMatrix;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Kernels that were generated and compiled for the shapes of a model. Each is checked against plain loops before it is used;
 * what does not fit or errs is left out, with a warning, and the library's own kernel does the work.
 */
public final class SpecialKernels {
    /** No generated kernels. */
    public static final SpecialKernels NONE = new SpecialKernels(Map.of());

    private final Map<Matrix, SpecialGemv> functions;

    private SpecialKernels(Map<Matrix, SpecialGemv> functions) {
        this.functions = functions;
    }

    /** Loads {@code files} and checks their functions. */
    public static SpecialKernels load(List<Path> files, Consumer<String> warnings) {
        Map<Matrix, SpecialGemv> functions = new HashMap<>();
        for (Path file : files)
            try {
                SpecialLibrary library = SpecialLibrary.load(file);
                for (int i = 0; i < library.matrices().size(); i++) {
                    Matrix matrix = library.matrices().get(i);
                    if (SpecialCheck.passes(matrix, library.function(i))) functions.put(matrix, library.function(i));
                    else
                        warnings.accept(file + ": the kernel for " + matrix.rows() + " x " + matrix.columns() + " with "
                                + matrix.digits() + " digit(s) gives wrong sums and is not used");
                }
            } catch (UnsupportedOperationException e) {
                warnings.accept(e.getMessage() + "; its kernels are not used");
            }
        return new SpecialKernels(Map.copyOf(functions));
    }

    /** How many kernels passed. */
    public int size() {
        return functions.size();
    }

    /** Whether there is a kernel for {@code matrix} in the native layout called {@code layout}. */
    public boolean has(String layout, DigitMatrix matrix) {
        int group = matrix.groupScales() == null ? 0 : Math.min(matrix.group(), matrix.columns());
        return Arrays.stream(NativeLayout.values())
                .filter(known -> known.label().equals(layout))
                .anyMatch(known -> find(known, matrix.digits(), matrix.rows(), matrix.columns(), group)
                        .isPresent());
    }

    /** The kernel for a matrix; {@code group} is 0 without group scales. */
    Optional<SpecialGemv> find(NativeLayout layout, int digits, int rows, int columns, int group) {
        return Optional.ofNullable(functions.get(new Matrix(layout.id(), digits, rows, columns, group)));
    }
}
