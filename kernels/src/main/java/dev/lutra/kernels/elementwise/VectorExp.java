package dev.lutra.kernels.elementwise;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@code exp} of a vector: {@code 2^n * p(r)} with n the nearest integer to {@code x / ln 2} and a polynomial of degree six on
 * {@code |r| <= ln 2 / 2}. Relative error at most 2.5e-7 for x from -87 to 88; x below is taken as -87.3, above as 88.3.
 */
public final class VectorExp {
    private static final float ROUNDING = 0x1.8p23f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;

    private VectorExp() {}

    /** {@code exp(x)} lane by lane. */
    public static FloatVector exp(FloatVector x) {
        FloatVector bounded = x.max(-87.3f).min(88.3f);
        FloatVector shifted = bounded.mul(1.44269504f).add(ROUNDING);
        FloatVector n = shifted.sub(ROUNDING);
        FloatVector r = bounded.sub(n.mul(LN2_HIGH)).sub(n.mul(LN2_LOW));
        FloatVector p = r.mul(1f / 720).add(1f / 120);
        p = p.mul(r).add(1f / 24);
        p = p.mul(r).add(1f / 6);
        p = p.mul(r).add(0.5f);
        p = p.mul(r).mul(r).add(r).add(1f);
        return p.reinterpretAsInts()
                .add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
                .reinterpretAsFloats();
    }
}
