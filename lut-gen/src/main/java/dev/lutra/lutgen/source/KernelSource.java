package dev.lutra.lutgen.source;

import dev.lutra.gguf.model.KnownModel.Shape;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.kernels.ternary.NativeLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A C source with the library's decode kernel for one layout and a list of matrices whose dimensions are constants in it. The
 * kernel itself is not repeated: the source includes {@code special.h}, which compiles the library's own code again.
 *
 * @param model whose matrices they are
 * @param layout of all of them
 * @param shapes rows and columns, as the engine stacks matrices
 * @param digits ternary digits per weight for which each shape is compiled
 */
public record KernelSource(String model, NativeLayout layout, List<Shape> shapes, List<Integer> digits) {
    public KernelSource {
        shapes = List.copyOf(shapes);
        digits = List.copyOf(digits);
    }

    /** {@code lutra_quint.c}. */
    public String fileName() {
        return "lutra_" + layout.label() + ".c";
    }

    /** The C text. */
    public String text() {
        StringBuilder matrices = new StringBuilder();
        int index = 0;
        for (int count : digits)
            for (Shape shape : shapes)
                matrices.append(String.format(
                        Locale.ROOT,
                        " \\\n    matrix(%d, %d, %d, %d, %d)",
                        index++,
                        count,
                        shape.m(),
                        shape.k(),
                        count == 1 ? 0 : Math.min(DigitType.DEFAULT_GROUP, shape.k())));
        return """
            /*
             * Decode kernels in the layout "%s" for the matrices of %s, written by generate-kernels. Compile it with the flags
             * of the instruction set and special.h of this program on the include path, or let generate-kernels --compile do it.
             */
            #define LUTRA_SPECIAL_LAYOUT LUTRA_SPECIAL_%s

            #include "special.h"

            /* index, digits, rows, columns, columns that share a scale (0: none) */
            #define LUTRA_SPECIAL_MATRICES(matrix)%s

            LUTRA_SPECIAL_LIBRARY
            """.formatted(layout.label(), model, layout.name(), matrices);
    }

    /** Writes the source into {@code folder}, replacing an older one: it holds nothing that is not here. */
    public Path write(Path folder) throws IOException {
        return Files.writeString(folder.resolve(fileName()), text());
    }
}
