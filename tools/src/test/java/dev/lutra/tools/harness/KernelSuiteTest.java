package dev.lutra.tools.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.model.KnownModel.Shape;
import dev.lutra.kernels.KernelKind;
import dev.lutra.tools.report.Progress;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class KernelSuiteTest {
    @Test
    void everyDigitGetsARowWithRatesAndShares() {
        try (Progress progress = Progress.of("measuring", 0)) {
            KernelSuite suite = new KernelSuite(0.001, 100_000, progress);
            suite.run(KernelKind.SCALAR, List.of(new Shape(65, 100)), 2, new Roofline(1, 1e9, OptionalDouble.of(1e12)));
            List<? extends Map<String, ?>> rows = suite.table().objects();
            assertEquals(2, rows.size());
            for (Map<String, ?> row : rows) {
                assertEquals("scalar scalar", row.get("kernel"));
                assertEquals("65 x 100", row.get("shape"));
                double rate = (Double) row.get("GEMM GMAC/s");
                assertTrue(rate > 0 && rate < 1000, rate + " billion multiply-adds per second in plain loops");
                assertEquals(rate * 1e9 / 1e12, (Double) row.get("of peak"), 1e-9);
            }
        }
    }

    @Test
    void rooflinesWithoutANativeLibraryLeaveThePeakOut() {
        Map<String, ?> row = Roofline.table(List.of(new Roofline(2, 3e9, OptionalDouble.empty())))
                .objects()
                .getFirst();
        assertEquals(3.0, row.get("read GB/s"));
        assertEquals(null, row.get("int8 peak GMAC/s"));
    }
}
