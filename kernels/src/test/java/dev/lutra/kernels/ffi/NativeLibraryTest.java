package dev.lutra.kernels.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.ffi.generated.lutra_ternary;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
    private static final Path HEADER = Path.of("src/main/c/lutra_kernels.h");

    @Test
    void isThereOrSaysWhyNot() {
        NativeLibrary library = NativeLibrary.get();
        if (library.isAvailable()) {
            library.require();
            assertTrue(library.isas().contains(library.isa()));
            assertEquals("scalar", library.isas().getFirst());
        } else {
            assertThrows(UnsupportedOperationException.class, library::require);
            assertFalse(String.valueOf(library.failure()).isEmpty());
        }
    }

    @Test
    void switchesBetweenTheSetsOfThisMachine() {
        assumeTrue(NativeLibrary.get().isAvailable(), "no native library in this build");
        NativeLibrary library = NativeLibrary.get();
        String best = library.isas().getLast();
        try {
            for (String isa : library.isas()) if (library.use(isa)) assertEquals(isa, library.isa());
            assertThrows(IllegalArgumentException.class, () -> library.use("sse"));
        } finally {
            library.use(best);
        }
    }

    /** Every function of the header is bound, and every binding finds its symbol in the library that was built. */
    @Test
    void bindingsMatchTheLibrary() throws ReflectiveOperationException, IOException {
        assumeTrue(NativeLibrary.get().isAvailable(), "no native library in this build");
        List<String> declared = new ArrayList<>();
        Matcher function = Pattern.compile("(?m)^[a-z].*?\\b(lutra_\\w+)\\(").matcher(Files.readString(HEADER));
        while (function.find()) declared.add(function.group(1));
        assertTrue(declared.size() > 5, declared::toString);
        for (String name : declared) assertFalse(address(name).equals(MemorySegment.NULL), name);
    }

    private static MemorySegment address(String name) throws ReflectiveOperationException {
        try {
            Method address = Lutra.class.getMethod(name + "$address");
            return assertInstanceOf(MemorySegment.class, address.invoke(null));
        } catch (InvocationTargetException e) {
            throw new AssertionError(name + " is not in the library", e.getCause());
        }
    }

    @Test
    void layoutOfTheStructIsTheCompilers() {
        assumeTrue(NativeLibrary.get().isAvailable(), "no native library in this build");
        assertEquals(Lutra.lutra_ternary_struct_bytes(), lutra_ternary.sizeof());
    }

    @Test
    void unpacksOnceAndMendsADamagedCopy(@TempDir Path cache) throws IOException {
        assumeTrue(NativeLibrary.get().isAvailable(), "no native library in this build");
        Path first = LibraryFile.unpack(cache);
        byte[] content = Files.readAllBytes(first);
        Files.write(first, new byte[] {1, 2, 3});
        Path second = LibraryFile.unpack(cache);
        assertEquals(first, second);
        assertEquals(content.length, Files.size(second));
    }
}
