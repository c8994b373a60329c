package dev.lutra.lutgen.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lutra.gguf.model.KnownModel.Shape;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.TernaryVariant;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.NativeLayout;
import dev.lutra.kernels.ternary.SpecialKernels;
import dev.lutra.kernels.ternary.TernaryLinear;
import dev.lutra.lutgen.measure.RandomMatrix;
import dev.lutra.quant.ternary.DigitMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelSourceTest {
    /** More rows than tiles hold, a panel and a tile, columns that end in the middle of every step. */
    private static final List<Shape> SHAPES = List.of(new Shape(67, 97), new Shape(2113, 251), new Shape(64, 896));

    @TempDir
    private Path folder;

    private static KernelCompiler compiler() {
        assumeTrue(KernelKind.NATIVE.whyUnavailable().isEmpty(), "no native kernels here");
        assumeTrue(KernelCompiler.find().isPresent(), "no C compiler here");
        return KernelCompiler.find().orElseThrow();
    }

    @Test
    void constantsOfEveryShapeStandInTheSource() {
        String text = new KernelSource("m", NativeLayout.QUINT, SHAPES, List.of(1, 2)).text();
        assertTrue(text.contains("#define LUTRA_SPECIAL_LAYOUT LUTRA_SPECIAL_QUINT"), text);
        assertTrue(text.contains("matrix(0, 1, 67, 97, 0)"), text);
        assertTrue(text.contains("matrix(4, 2, 2113, 251, 96)"), text);
    }

    @Test
    void generatedKernelsGiveTheSumsOfTheOthers() throws IOException {
        KernelCompiler compiler = compiler();
        List<Path> libraries = new ArrayList<>();
        for (NativeLayout layout : NativeLayout.fast(1)) {
            KernelSource source = new KernelSource("test", layout, SHAPES, List.of(1, 2, 3));
            libraries.add(compiler.compile(source.write(folder), layout));
        }
        List<String> warnings = new ArrayList<>();
        SpecialKernels generated = SpecialKernels.load(libraries, warnings::add);
        assertEquals(List.of(), warnings);
        assertEquals(libraries.size() * 3 * SHAPES.size(), generated.size());
        try (Team team = Team.of(2)) {
            for (Shape shape : SHAPES)
                for (int digits = 1; digits <= 3; digits++)
                    for (TernaryVariant variant : TernaryVariant.available(KernelKind.NATIVE, digits))
                        compare(shape, digits, variant, generated, team);
        }
    }

    private static void compare(Shape shape, int digits, TernaryVariant variant, SpecialKernels generated, Team team) {
        try (Arena arena = Arena.ofShared()) {
            DigitMatrix matrix = RandomMatrix.of(shape.m(), shape.k(), digits, 3, arena);
            assertTrue(generated.has(variant.label(), matrix));
            TernaryLinear own = variant.prepare(List.of(matrix), arena, team);
            TernaryLinear special = variant.prepare(List.of(matrix), generated, arena, team);
            assertTrue(special.describe().endsWith("generated"), special.describe());
            Activations x = Kernels.of(KernelKind.NATIVE, team).activations(arena, 1, shape.k());
            FloatMatrix values = x.reset(1);
            for (int k = 0; k < shape.k(); k++) values.set(0, k, (float) Math.sin(k));
            FloatMatrix expected = FloatMatrix.allocate(arena, 1, shape.m());
            FloatMatrix actual = FloatMatrix.allocate(arena, 1, shape.m());
            own.multiply(x, expected, team);
            special.multiply(x, actual, team);
            assertEquals(
                    -1, expected.segment().mismatch(actual.segment()), variant + ", " + digits + " digits, " + shape);
        }
    }

    @Test
    void kernelsThatErrAreLeftOutWithAWarning() throws IOException {
        KernelCompiler compiler = compiler();
        NativeLayout layout = NativeLayout.preferred(1);
        KernelSource source = new KernelSource("test", layout, List.of(new Shape(64, 100)), List.of(1));
        Path file = source.write(folder);
        // the function is compiled for another number of columns than the list says
        Files.writeString(file, source.text().replace("LUTRA_SPECIAL_LIBRARY\n", """
            #undef SPECIAL_ENTRY
            #define SPECIAL_ENTRY(index, digits_, rows_, columns_, group_) \\
                {.layout = LUTRA_SPECIAL_LAYOUT, .digits = (digits_), .rows = (rows_), .columns = 200, .group = (group_)},
            LUTRA_SPECIAL_LIBRARY
            """));
        List<String> warnings = new ArrayList<>();
        assertEquals(
                0,
                SpecialKernels.load(List.of(compiler.compile(file, layout)), warnings::add)
                        .size());
        assertTrue(
                warnings.getFirst().contains("64 x 200") && warnings.getFirst().contains("wrong sums"),
                warnings.getFirst());
    }

    @Test
    void whatIsNoLibraryIsLeftOutWithAWarning() throws IOException {
        assumeTrue(KernelKind.NATIVE.whyUnavailable().isEmpty(), "no native kernels here");
        Path file = Files.write(folder.resolve("x.so"), new byte[] {1, 2, 3});
        List<String> warnings = new ArrayList<>();
        assertEquals(
                0,
                SpecialKernels.load(List.of(file, folder.resolve("none.so")), warnings::add)
                        .size());
        assertEquals(2, warnings.size());
    }

    @Test
    void theCompilersComplaintsReachTheUser() throws IOException {
        KernelCompiler compiler = compiler();
        Path file = Files.writeString(folder.resolve("lutra_five.c"), "#error no\n");
        var error = assertThrows(IOException.class, () -> compiler.compile(file, NativeLayout.preferred(1)));
        assertTrue(String.valueOf(error.getMessage()).contains("#error"), error.getMessage());
    }
}
