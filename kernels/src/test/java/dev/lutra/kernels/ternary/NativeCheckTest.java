package dev.lutra.kernels.ternary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.kernels.ffi.NativeLibrary;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class NativeCheckTest {
    @Test
    void everySetOfThisMachinePasses() {
        NativeLibrary library = NativeLibrary.get();
        Assumptions.assumeTrue(library.isAvailable(), () -> "native kernels: " + library.failure());
        for (String isa : library.isas()) if (library.use(isa)) assertTrue(NativeCheck.passes(), isa);
        assertEquals(Optional.empty(), NativeCheck.failure());
        assertEquals(library.isas().getLast(), library.isa());
    }
}
