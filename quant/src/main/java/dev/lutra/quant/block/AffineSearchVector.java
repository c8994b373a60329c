package dev.lutra.quant.block;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The {@link AffineSearch} of as many parts at once as a vector has lanes, one part to a lane. Each lane does the operations of
 * the search alone in its order, so that the result is the same to the bit.
 *
 * <p>What is known of the parts lies in arrays between the steps, not in variables: loops with few of those are what the JIT
 * compiler keeps in registers.
 */
final class AffineSearchVector implements AffineSearches {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    /** Where {@link Rounding#nearest} still rounds; beyond, its result has to be had from itself. */
    private static final float ROUNDABLE = 4194303;

    private final float levels;
    private final int partLength;
    private final AffineSearch.Sweep sweep;
    private final AffineSearch single;

    // [element][lane]
    private final float[] x;
    private final float[] weights;
    private final float[] trial;

    // [lane]
    private final float[] low = new float[LANES];
    private final float[] high = new float[LANES];
    private final float[] min = new float[LANES];
    private final float[] inverse = new float[LANES];
    private final float[] farthest = new float[LANES];
    private final float[] sumW = new float[LANES];
    private final float[] sumX = new float[LANES];
    private final float[] sumL = new float[LANES];
    private final float[] sumL2 = new float[LANES];
    private final float[] sumXL = new float[LANES];
    private final float[] scale = new float[LANES];
    private final float[] minimum = new float[LANES];
    private final float[] error = new float[LANES];
    private final float[] bestError = new float[LANES];
    private final float[] bestScale = new float[LANES];
    private final float[] bestInverse = new float[LANES];
    private final float[] bestOffset = new float[LANES];

    AffineSearchVector(int levels, int partLength, AffineSearch.Sweep sweep) {
        this.levels = levels;
        this.partLength = partLength;
        this.sweep = sweep;
        this.single = new AffineSearch(levels, partLength, sweep);
        this.x = new float[partLength * LANES];
        this.weights = new float[partLength * LANES];
        this.trial = new float[partLength * LANES];
    }

    @Override
    public void search(
            float[] values, int at, int parts, float[] errorWeights, byte[] codes, float[] scales, float[] minimums) {
        for (int first = 0; first < parts; first += LANES) {
            int offset = first * partLength, count = Math.min(LANES, parts - first);
            transpose(values, at + offset, count, x);
            transpose(errorWeights, offset, count, weights);
            searchLanes();
            for (int lane = 0; lane < count; lane++) {
                int part = first + lane, partAt = part * partLength;
                if (farthest[lane] < ROUNDABLE) {
                    scales[part] = low[lane] == high[lane] && low[lane] <= 0 ? 0 : bestScale[lane];
                    minimums[part] = -min[lane];
                    for (int i = 0; i < partLength; i++) codes[partAt + i] = (byte) trial[i * LANES + lane];
                } else {
                    single.search(values, at + partAt, errorWeights, partAt, codes, partAt);
                    scales[part] = single.scale();
                    minimums[part] = single.minimum();
                }
            }
        }
    }

    /** Lanes without a part keep what an earlier group left there. */
    private void transpose(float[] from, int at, int parts, float[] to) {
        for (int part = 0; part < parts; part++)
            for (int i = 0; i < partLength; i++) to[i * LANES + part] = from[at + part * partLength + i];
    }

    /** Leaves the best codes in {@link #trial}. */
    private void searchLanes() {
        survey();
        setInverse(levels);
        FloatVector evenly = FloatVector.broadcast(SPECIES, 1f).div(load(inverse));
        evenly.intoArray(bestScale, 0);
        load(inverse).intoArray(bestInverse, 0);
        load(min).intoArray(bestOffset, 0);
        sumCodes();
        sumErrors(bestScale, min, bestError);
        for (int step = 0; step <= sweep.steps(); step++) {
            setInverse(sweep.first() + sweep.step() * step + levels);
            sumCodes();
            regress();
            sumErrors(scale, minimum, error);
            keepBetter();
        }
        load(bestInverse).intoArray(inverse, 0);
        load(min).intoArray(minimum, 0);
        load(bestOffset).intoArray(min, 0);
        sumCodes();
        load(minimum).intoArray(min, 0);
    }

    /** A constant would be an object, and what starts as one is not kept in a register. */
    private static FloatVector zero() {
        return FloatVector.zero(SPECIES);
    }

    private static FloatVector load(float[] lanes) {
        return FloatVector.fromArray(SPECIES, lanes, 0);
    }

    /** Extremes and weighted sums. */
    private void survey() {
        FloatVector least = load(x), most = least, allW = load(weights), allX = allW.mul(least);
        for (int i = LANES; i < x.length; i += LANES) {
            FloatVector value = FloatVector.fromArray(SPECIES, x, i);
            FloatVector w = FloatVector.fromArray(SPECIES, weights, i);
            least = least.min(value);
            most = most.max(value);
            allW = allW.add(w);
            allX = allX.add(w.mul(value));
        }
        least.intoArray(low, 0);
        most.intoArray(high, 0);
        allW.intoArray(sumW, 0);
        allX.intoArray(sumX, 0);
        least.blend(zero(), least.compare(VectorOperators.GT, zero())).intoArray(min, 0);
        zero().intoArray(farthest, 0);
    }

    /** The scales to try now: {@code steps} of them span the range. Parts of equal weights get any, their codes are 0. */
    private void setInverse(float steps) {
        FloatVector offset = load(min), range = load(high).sub(offset);
        FloatVector scales = FloatVector.broadcast(SPECIES, steps)
                .div(range)
                .blend(FloatVector.broadcast(SPECIES, 1f), range.compare(VectorOperators.EQ, zero()));
        scales.intoArray(inverse, 0);
        load(farthest)
                .max(scales.mul(load(low).sub(offset)).neg())
                .max(scales.mul(range))
                .intoArray(farthest, 0);
    }

    /** Trial codes of every part, and the weighted sums that regression needs. */
    private void sumCodes() {
        FloatVector scales = load(inverse), offset = load(min), most = FloatVector.broadcast(SPECIES, levels);
        FloatVector ofL = zero(), ofL2 = zero(), ofXL = zero();
        for (int i = 0; i < x.length; i += LANES) {
            FloatVector value = FloatVector.fromArray(SPECIES, x, i);
            FloatVector l = scales.mul(value.sub(offset)).add(Rounding.MAGIC).sub(Rounding.MAGIC);
            l = l.max(zero()).min(most);
            l.intoArray(trial, i);
            FloatVector wl = FloatVector.fromArray(SPECIES, weights, i).mul(l);
            ofL = ofL.add(wl);
            ofL2 = ofL2.add(wl.mul(l));
            ofXL = ofXL.add(wl.mul(value));
        }
        ofL.intoArray(sumL, 0);
        ofL2.intoArray(sumL2, 0);
        ofXL.intoArray(sumXL, 0);
    }

    /** The scale and the minimum that fit the trial codes best. A minimum above 0 is none. */
    private void regress() {
        FloatVector w = load(sumW), wx = load(sumX), l = load(sumL), l2 = load(sumL2), xl = load(sumXL);
        FloatVector determinant = determinant();
        FloatVector fitted = w.mul(xl).sub(wx.mul(l)).div(determinant);
        FloatVector offset = l2.mul(wx).sub(l.mul(xl)).div(determinant);
        VectorMask<Float> above = offset.compare(VectorOperators.GT, zero());
        fitted.blend(xl.div(l2), above).intoArray(scale, 0);
        offset.blend(zero(), above).intoArray(minimum, 0);
    }

    private FloatVector determinant() {
        FloatVector l = load(sumL);
        return load(sumW).mul(load(sumL2)).sub(l.mul(l));
    }

    private void keepBetter() {
        FloatVector now = load(error), best = load(bestError), offset = load(min);
        VectorMask<Float> better =
                now.compare(VectorOperators.LT, best).and(determinant().compare(VectorOperators.GT, zero()));
        best.blend(now, better).intoArray(bestError, 0);
        load(bestScale).blend(load(scale), better).intoArray(bestScale, 0);
        load(bestInverse).blend(load(inverse), better).intoArray(bestInverse, 0);
        load(bestOffset).blend(offset, better).intoArray(bestOffset, 0);
        offset.blend(load(minimum), better).intoArray(min, 0);
    }

    /** Errors of the trial codes under a scale and a minimum. */
    private void sumErrors(float[] scales, float[] minimums, float[] errors) {
        FloatVector d = load(scales), m = load(minimums), sum = zero();
        if (sweep.absolute()) {
            for (int i = 0; i < x.length; i += LANES)
                sum = sum.add(FloatVector.fromArray(SPECIES, weights, i)
                        .mul(difference(d, m, i).abs()));
        } else {
            for (int i = 0; i < x.length; i += LANES) {
                FloatVector difference = difference(d, m, i);
                sum = sum.add(FloatVector.fromArray(SPECIES, weights, i).mul(difference.mul(difference)));
            }
        }
        sum.intoArray(errors, 0);
    }

    private FloatVector difference(FloatVector d, FloatVector m, int i) {
        return d.mul(FloatVector.fromArray(SPECIES, trial, i)).add(m).sub(FloatVector.fromArray(SPECIES, x, i));
    }
}
