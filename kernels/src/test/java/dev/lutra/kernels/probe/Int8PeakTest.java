package dev.lutra.kernels.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.team.Team;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class Int8PeakTest {
    @Test
    void peakIsThatOfAMachineOrUnknown() {
        try (Team team = Team.of(1)) {
            OptionalDouble peak = Int8Peak.measure(team);
            assertEquals(NativeLibrary.get().isAvailable(), peak.isPresent());
            peak.ifPresent(rate -> assertTrue(rate > 1e8 && rate < 1e14, rate + " multiply-adds per second"));
        }
    }

    @Test
    void everySetCountsItsMultiplyAdds() {
        NativeLibrary library = NativeLibrary.get();
        assumeTrue(library.isAvailable(), "no native library in this build");
        String best = library.isa();
        try {
            for (String isa : library.isas())
                if (library.use(isa)) {
                    long one = Lutra.lutra_peak(1);
                    assertTrue(one >= 8, isa);
                    assertEquals(5 * one, Lutra.lutra_peak(5), isa);
                }
        } finally {
            library.use(best);
        }
    }
}
