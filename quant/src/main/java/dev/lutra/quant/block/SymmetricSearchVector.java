package dev.lutra.quant.block;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The {@link SymmetricSearch} of as many parts at once as a vector has lanes, as {@link AffineSearchVector} does it for the
 * other search: the same operations in the same order in each lane, and so the same result to the bit.
 */
final class SymmetricSearchVector implements SymmetricSearches {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private final int levels;
    private final int partLength;

    // [element][lane]
    private final float[] x;
    private final float[] weights;

    // [lane]
    private final float[] extreme = new float[LANES];
    private final float[] inverse = new float[LANES];
    private final float[] products = new float[LANES];
    private final float[] squares = new float[LANES];
    private final float[] best = new float[LANES];
    private final float[] bestInverse = new float[LANES];
    private final float[] bestScale = new float[LANES];

    SymmetricSearchVector(int levels, int partLength) {
        this.levels = levels;
        this.partLength = partLength;
        this.x = new float[partLength * LANES];
        this.weights = new float[partLength * LANES];
    }

    @Override
    public void search(
            float[] values, int at, int parts, float[] errorWeights, int weightsAt, byte[] codes, float[] scales) {
        for (int first = 0; first < parts; first += LANES) {
            int offset = first * partLength, count = Math.min(LANES, parts - first);
            transpose(values, at + offset, count, x);
            transpose(errorWeights, weightsAt + offset, count, weights);
            // a negligible part is searched as if its scale mattered, and its result dropped
            for (int lane = 0; lane < count; lane++) {
                float largest = Scales.extreme(values, at + offset + lane * partLength, partLength);
                extreme[lane] = Math.abs(largest) < Scales.NEGLIGIBLE ? Float.POSITIVE_INFINITY : largest;
            }
            searchLanes();
            for (int lane = 0; lane < count; lane++) {
                int to = offset + lane * partLength;
                boolean negligible = Float.isInfinite(extreme[lane]);
                scales[first + lane] = negligible ? 0 : bestScale[lane];
                if (negligible) Arrays.fill(codes, to, to + partLength, (byte) 0);
                else for (int i = 0; i < partLength; i++) codes[to + i] = code(bestInverse[lane] * x[i * LANES + lane]);
            }
        }
    }

    /** Lanes without a part keep what an earlier group left there. */
    private void transpose(float[] from, int at, int parts, float[] to) {
        for (int part = 0; part < parts; part++)
            for (int i = 0; i < partLength; i++) to[i * LANES + part] = from[at + part * partLength + i];
    }

    private byte code(float scaled) {
        return (byte) (levels + Math.max(-levels, Math.min(levels - 1, Rounding.nearest(scaled))));
    }

    private void searchLanes() {
        measure(-levels);
        begin();
        for (int step = -SymmetricSearch.STEPS; step <= SymmetricSearch.STEPS; step++) {
            if (step == 0) continue;
            measure(-(levels + 0.1f * step));
            keepBetter();
        }
    }

    private static FloatVector load(float[] lanes) {
        return FloatVector.fromArray(SPECIES, lanes, 0);
    }

    /** Sets the scales to try now and the sums that judge them. */
    private void measure(float steps) {
        FloatVector scales = FloatVector.broadcast(SPECIES, steps).div(load(extreme));
        FloatVector least = FloatVector.broadcast(SPECIES, (float) -levels);
        FloatVector most = FloatVector.broadcast(SPECIES, (float) (levels - 1));
        FloatVector lx = FloatVector.zero(SPECIES), l2 = FloatVector.zero(SPECIES);
        for (int i = 0; i < x.length; i += LANES) {
            FloatVector value = FloatVector.fromArray(SPECIES, x, i);
            FloatVector w = FloatVector.fromArray(SPECIES, weights, i);
            // |inverse * x| is at most levels + 1, so that this is Rounding.nearest
            FloatVector l = scales.mul(value).add(Rounding.MAGIC).sub(Rounding.MAGIC);
            l = l.blend(least, l.compare(VectorOperators.LT, least));
            l = l.blend(most, l.compare(VectorOperators.GT, most));
            lx = lx.add(w.mul(value).mul(l));
            l2 = l2.add(w.mul(l).mul(l));
        }
        scales.intoArray(inverse, 0);
        lx.intoArray(products, 0);
        l2.intoArray(squares, 0);
    }

    private void begin() {
        FloatVector lx = load(products), l2 = load(squares), zero = FloatVector.zero(SPECIES);
        FloatVector scale = lx.div(l2).blend(zero, l2.compare(VectorOperators.EQ, zero));
        scale.intoArray(bestScale, 0);
        scale.mul(lx).intoArray(best, 0);
        load(inverse).intoArray(bestInverse, 0);
    }

    private void keepBetter() {
        FloatVector lx = load(products), l2 = load(squares), before = load(best);
        VectorMask<Float> better = l2.compare(VectorOperators.GT, FloatVector.zero(SPECIES))
                .and(lx.mul(lx).compare(VectorOperators.GT, before.mul(l2)));
        FloatVector scale = lx.div(l2);
        load(bestScale).blend(scale, better).intoArray(bestScale, 0);
        before.blend(scale.mul(lx), better).intoArray(best, 0);
        load(bestInverse).blend(load(inverse), better).intoArray(bestInverse, 0);
    }
}
