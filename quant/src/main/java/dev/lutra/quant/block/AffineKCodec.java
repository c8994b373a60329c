package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;
import org.jspecify.annotations.Nullable;

/**
 * K-quants of 256 weights d * s * q - dmin * m: parts of 16 or 32 weights have small integers s and m, the block float16 d
 * and dmin. Subclasses lay out the integers.
 */
abstract class AffineKCodec extends BlockCodec {
    static final int LENGTH = 256;

    private final int partLength;
    private final int parts;
    private final int levels;
    private final int scaleLevels;
    private final AffineSearch.Sweep plainSweep;
    private final float varianceFactor;

    /**
     * @param partLength weights that share an s and an m
     * @param levels largest q
     * @param scaleLevels largest s and m
     * @param plainSweep the search for a part's scale without importance
     * @param varianceFactor what the mean square of the block counts in the weights under importance
     */
    AffineKCodec(
            GgmlType type,
            int partLength,
            int levels,
            int scaleLevels,
            AffineSearch.Sweep plainSweep,
            float varianceFactor) {
        super(type);
        this.partLength = partLength;
        this.parts = LENGTH / partLength;
        this.levels = levels;
        this.scaleLevels = scaleLevels;
        this.plainSweep = plainSweep;
        this.varianceFactor = varianceFactor;
    }

    /** Weights of the errors of a part of {@code weights.length} values without importance. */
    abstract void plainWeights(float[] x, int at, float[] weights);

    /** Byte offset of d; dmin follows. */
    abstract int scalesOffset();

    /** Stores s and m of every part: unsigned bytes, as many as there are parts. */
    abstract void packParts(byte[] scales, byte[] minimums, byte[] block);

    abstract int scale(byte[] block, int part);

    abstract int minimum(byte[] block, int part);

    abstract void packCodes(byte[] codes, byte[] block);

    abstract void unpackCodes(byte[] block, byte[] codes);

    @Override
    BlockEncoder plainEncoder() {
        return new Encoder(plainSweep) {
            @Override
            void weigh(float[] x, int at, int part, float @Nullable [] importance, int importanceAt) {
                plainWeights(x, at + part * partLength, weights);
            }

            @Override
            void quantizeParts(byte[] block) {
                float scaleStep = evenly(scales, partScales), minimumStep = evenly(minimums, partMinimums);
                store(scaleStep, minimumStep, block);
            }
        };
    }

    @Override
    BlockEncoder weightedEncoder(float[] row, int from, int columns) {
        return new WeightedEncoder();
    }

    /** Codes for the values as whole numbers of max / scaleLevels, their step: 0 when none is positive. */
    private float evenly(float[] values, byte[] codes) {
        float largest = 0;
        for (float value : values) if (value > largest) largest = value;
        float inverse = largest > 0 ? scaleLevels / largest : 0;
        for (int i = 0; i < parts; i++)
            codes[i] = (byte) Math.min(scaleLevels, Rounding.nearest(inverse * values[i]) & 0xFF);
        return largest / scaleLevels;
    }

    @Override
    final void decodeBlock(byte[] block, byte[] codes, float[] row, int to) {
        unpackCodes(block, codes);
        float scaleStep = Half.get(block, scalesOffset()), minimumStep = Half.get(block, scalesOffset() + 2);
        for (int part = 0; part < parts; part++) {
            float scale = scaleStep * scale(block, part);
            float minimum = minimumStep * minimum(block, part);
            for (int i = part * partLength; i < (part + 1) * partLength; i++) row[to + i] = scale * codes[i] - minimum;
        }
    }

    /** The steps that both ways of encoding share: fit every part, quantize scales and minimums, fit the codes to those. */
    private abstract class Encoder implements BlockEncoder {
        final float[] weights = new float[partLength];
        final float[] scales = new float[parts];
        final float[] minimums = new float[parts];
        final byte[] partScales = new byte[parts];
        final byte[] partMinimums = new byte[parts];
        private final byte[] codes = new byte[LENGTH];
        private final AffineSearch search;

        Encoder(AffineSearch.Sweep sweep) {
            this.search = new AffineSearch(levels, partLength, sweep);
        }

        /** Sets {@link #weights} for one part of the block that begins at {@code at}. */
        abstract void weigh(float[] x, int at, int part, float @Nullable [] importance, int importanceAt);

        /** Turns {@link #scales} and {@link #minimums} into the block's. */
        abstract void quantizeParts(byte[] block);

        @Override
        public void encode(float[] x, int at, float @Nullable [] importance, int importanceAt, byte[] block) {
            for (int part = 0; part < parts; part++) {
                weigh(x, at, part, importance, importanceAt);
                search.search(x, at + part * partLength, weights, codes, part * partLength);
                scales[part] = search.scale();
                minimums[part] = search.minimum();
            }
            quantizeParts(block);
            refit(x, at, block);
            packCodes(codes, block);
        }

        final void store(float scaleStep, float minimumStep, byte[] block) {
            Half.put(block, scalesOffset(), scaleStep);
            Half.put(block, scalesOffset() + 2, minimumStep);
            packParts(partScales, partMinimums, block);
        }

        /** The codes nearest to the weights under the scales as stored; a part whose scale is stored as 0 keeps its own. */
        private void refit(float[] x, int at, byte[] block) {
            float scaleStep = Half.get(block, scalesOffset()), minimumStep = Half.get(block, scalesOffset() + 2);
            for (int part = 0; part < parts; part++) {
                float scale = scaleStep * scale(block, part);
                if (scale == 0) continue;
                float minimum = minimumStep * minimum(block, part);
                for (int i = part * partLength; i < (part + 1) * partLength; i++) {
                    int code = Rounding.nearest((x[at + i] + minimum) / scale);
                    codes[i] = (byte) Math.max(0, Math.min(levels, code));
                }
            }
        }
    }

    /** Errors weighted by importance, also when the scales and minimums of the parts are quantized. */
    private final class WeightedEncoder extends Encoder {
        private final float[] partWeights = new float[parts];
        private final PositiveSearch partSearch = new PositiveSearch(scaleLevels);
        private float variance;

        WeightedEncoder() {
            super(AffineSearch.Sweep.WEIGHTED);
        }

        @Override
        void weigh(float[] x, int at, int part, float @Nullable [] importance, int importanceAt) {
            if (part == 0) variance = varianceFactor * Scales.sumOfSquares(x, at, LENGTH) / LENGTH;
            int offset = part * partLength;
            Scales.byImportance(x, at + offset, variance, importance, importanceAt + offset, weights);
            partWeights[part] = Scales.sum(weights, 0, partLength);
        }

        @Override
        void quantizeParts(byte[] block) {
            float scaleStep = partSearch.search(scales, partWeights, partScales);
            float minimumStep = partSearch.search(minimums, partWeights, partMinimums);
            store(scaleStep, minimumStep, block);
        }
    }
}
