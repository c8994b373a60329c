package dev.lutra.kernels.ternary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.kernels.ffi.InstructionSet;
import dev.lutra.kernels.ffi.NativeLibrary;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class NativeCheckTest {
    @Test
    void everySetOfThisMachinePasses() {
        NativeLibrary library = NativeLibrary.get();
        Assumptions.assumeTrue(library.isAvailable(), () -> "native kernels: " + library.failure());
        for (InstructionSet isa : InstructionSet.built()) {
            isa.use();
            assertTrue(NativeCheck.passes(), isa.name());
        }
        InstructionSet.useBest();
        assertEquals(Optional.empty(), NativeCheck.failure());
        assertEquals(library.isas().getLast(), library.isa());
    }
}
