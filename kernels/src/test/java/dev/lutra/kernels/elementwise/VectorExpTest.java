package dev.lutra.kernels.elementwise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class VectorExpTest {
    private static float exp(float x) {
        return VectorExp.exp(FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, x))
                .lane(0);
    }

    @Test
    void theErrorIsWhatTheDocumentationSays() {
        double worst = 0;
        for (float x = -87; x <= 88; x += 0.0137f) {
            double exact = Math.exp(x);
            worst = Math.max(worst, Math.abs(exp(x) - exact) / exact);
        }
        assertTrue(worst < 2.5e-7, "relative error " + worst);
    }

    @Test
    void extremesAreBounded() {
        assertEquals(1f, exp(0f));
        assertEquals(0f, exp(Float.NEGATIVE_INFINITY), 2e-38f);
        assertTrue(exp(1000f) > 2e38f && Float.isFinite(exp(1000f)));
        assertTrue(Float.isNaN(exp(Float.NaN)));
    }
}
