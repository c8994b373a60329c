package dev.lutra.quant.block;

/** The {@link AffineSearch} of many parts. */
interface AffineSearches {
    /**
     * Searches.
     *
     * @param values {@code parts} parts from {@code at} on, one after another
     * @param errorWeights weights of the errors, from 0 on
     * @param codes receives q, from 0 on
     * @param scales receives d of each part
     * @param minimums receives m of each part
     */
    void search(
            float[] values, int at, int parts, float[] errorWeights, byte[] codes, float[] scales, float[] minimums);

    /** The fastest searches that this JVM can run. */
    static AffineSearches of(int levels, int partLength, AffineSearch.Sweep sweep) {
        if (VectorModule.PRESENT) return new AffineSearchVector(levels, partLength, sweep);
        AffineSearch single = new AffineSearch(levels, partLength, sweep);
        return (values, at, parts, errorWeights, codes, scales, minimums) -> {
            for (int part = 0; part < parts; part++) {
                int offset = part * partLength;
                single.search(values, at + offset, errorWeights, offset, codes, offset);
                scales[part] = single.scale();
                minimums[part] = single.minimum();
            }
        };
    }
}
