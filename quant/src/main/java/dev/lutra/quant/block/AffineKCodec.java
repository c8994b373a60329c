package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;
import org.jspecify.annotations.Nullable;

/**
 * K-quants of 256 weights d * s * q - dmin * m: parts of 16 or 32 weights have small integers s and m, the block float16 d
 * and dmin. Subclasses lay out the integers.
 */
abstract class AffineKCodec extends BlockCodec {
    static final int LENGTH = 256;

    /** Blocks whose parts are fitted at once: so many that the widest vectors are rarely left half empty. */
    private static final int BATCH = 16;

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

    /** Sets the weights of a block's errors without importance, from {@code to} on. */
    abstract void plainWeights(float[] x, int at, float[] weights, int to);

    /** Byte offset of d; dmin follows. */
    abstract int scalesOffset();

    /** Stores s and m of every part: unsigned bytes, as many as there are parts. */
    abstract void packParts(byte[] scales, byte[] minimums, byte[] block);

    abstract int scale(byte[] block, int part);

    abstract int minimum(byte[] block, int part);

    /** Packs 256 codes from {@code from} on. */
    abstract void packCodes(byte[] codes, int from, byte[] block);

    abstract void unpackCodes(byte[] block, byte[] codes);

    @Override
    BlockEncoder plainEncoder(int columns) {
        return new Encoder(plainSweep, columns) {
            @Override
            void weigh(float[] x, int at, float @Nullable [] importance, int importanceAt, int to) {
                plainWeights(x, at, weights, to);
            }

            @Override
            void quantizeParts(int first, byte[] block) {
                float scaleStep = evenly(scales, first, partScales);
                float minimumStep = evenly(minimums, first, partMinimums);
                store(scaleStep, minimumStep, block);
            }
        };
    }

    @Override
    BlockEncoder weightedEncoder(float[] row, int from, int columns) {
        return new WeightedEncoder(columns);
    }

    /** Codes for the values as whole numbers of max / scaleLevels, their step: 0 when none is positive. */
    private float evenly(float[] values, int first, byte[] codes) {
        float largest = 0;
        for (int i = 0; i < parts; i++) if (values[first + i] > largest) largest = values[first + i];
        float inverse = largest > 0 ? scaleLevels / largest : 0;
        for (int i = 0; i < parts; i++)
            codes[i] = (byte) Math.min(scaleLevels, Rounding.nearest(inverse * values[first + i]) & 0xFF);
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

    /**
     * The steps that both ways of encoding share: fit every part, quantize scales and minimums, fit the codes to those. The
     * first is done for several blocks at once, when the first of them is asked for.
     */
    private abstract class Encoder implements BlockEncoder {
        final float[] weights;
        final float[] scales;
        final float[] minimums;
        final byte[] partScales = new byte[parts];
        final byte[] partMinimums = new byte[parts];
        private final byte[] codes;
        private final AffineSearches search;
        private int blocksLeft;
        private int fitted;
        private int next;

        Encoder(AffineSearch.Sweep sweep, int columns) {
            this.blocksLeft = columns / LENGTH;
            int most = Math.min(blocksLeft, BATCH);
            this.weights = new float[most * LENGTH];
            this.scales = new float[most * parts];
            this.minimums = new float[most * parts];
            this.codes = new byte[most * LENGTH];
            this.search = AffineSearches.of(levels, partLength, sweep);
        }

        /** Sets {@link #weights} from {@code to} on for the block that begins at {@code at}. */
        abstract void weigh(float[] x, int at, float @Nullable [] importance, int importanceAt, int to);

        /** Turns {@link #scales} and {@link #minimums} from {@code first} on into the block's. */
        abstract void quantizeParts(int first, byte[] block);

        @Override
        public void encode(float[] x, int at, float @Nullable [] importance, int importanceAt, byte[] block) {
            if (next == fitted) fit(x, at, importance, importanceAt);
            quantizeParts(next * parts, block);
            refit(x, at, block, next * LENGTH);
            packCodes(codes, next * LENGTH, block);
            next++;
        }

        private void fit(float[] x, int at, float @Nullable [] importance, int importanceAt) {
            fitted = Math.min(blocksLeft, BATCH);
            for (int offset = 0; offset < fitted * LENGTH; offset += LENGTH)
                weigh(x, at + offset, importance, importanceAt + offset, offset);
            search.search(x, at, fitted * parts, weights, codes, scales, minimums);
            blocksLeft -= fitted;
            next = 0;
        }

        final void store(float scaleStep, float minimumStep, byte[] block) {
            Half.put(block, scalesOffset(), scaleStep);
            Half.put(block, scalesOffset() + 2, minimumStep);
            packParts(partScales, partMinimums, block);
        }

        /** The codes nearest to the weights under the scales as stored; a part whose scale is stored as 0 keeps its own. */
        private void refit(float[] x, int at, byte[] block, int to) {
            float scaleStep = Half.get(block, scalesOffset()), minimumStep = Half.get(block, scalesOffset() + 2);
            for (int part = 0; part < parts; part++) {
                float scale = scaleStep * scale(block, part);
                if (scale == 0) continue;
                float minimum = minimumStep * minimum(block, part);
                for (int i = part * partLength; i < (part + 1) * partLength; i++) {
                    int code = Rounding.nearest((x[at + i] + minimum) / scale);
                    codes[to + i] = (byte) Math.max(0, Math.min(levels, code));
                }
            }
        }
    }

    /** Errors weighted by importance, also when the scales and minimums of the parts are quantized. */
    private final class WeightedEncoder extends Encoder {
        private final float[] partWeights = new float[parts];
        private final PositiveSearch partSearch = new PositiveSearch(scaleLevels);

        WeightedEncoder(int columns) {
            super(AffineSearch.Sweep.WEIGHTED, columns);
        }

        @Override
        void weigh(float[] x, int at, float @Nullable [] importance, int importanceAt, int to) {
            float variance = varianceFactor * Scales.sumOfSquares(x, at, LENGTH) / LENGTH;
            Scales.byImportance(x, at, variance, importance, importanceAt, weights, to, LENGTH);
        }

        @Override
        void quantizeParts(int first, byte[] block) {
            for (int part = 0; part < parts; part++)
                partWeights[part] = Scales.sum(weights, (first + part) * partLength, partLength);
            float scaleStep = partSearch.search(scales, first, partWeights, partScales);
            float minimumStep = partSearch.search(minimums, first, partWeights, partMinimums);
            store(scaleStep, minimumStep, block);
        }
    }
}
