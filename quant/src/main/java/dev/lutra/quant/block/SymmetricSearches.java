package dev.lutra.quant.block;

/** The {@link SymmetricSearch} of many parts. */
interface SymmetricSearches {
    /**
     * Searches.
     *
     * @param values {@code parts} parts from {@code at} on, one after another
     * @param errorWeights weights of the errors from {@code weightsAt} on
     * @param codes receives q + levels from 0 on, or zeros for a part whose weights are all negligible
     * @param scales receives d of each part
     */
    void search(float[] values, int at, int parts, float[] errorWeights, int weightsAt, byte[] codes, float[] scales);

    /** The fastest searches that this JVM can run. */
    static SymmetricSearches of(int levels, int partLength) {
        if (VectorModule.PRESENT) return new SymmetricSearchVector(levels, partLength);
        SymmetricSearch single = new SymmetricSearch(levels);
        return (values, at, parts, errorWeights, weightsAt, codes, scales) -> {
            for (int part = 0; part < parts; part++) {
                int offset = part * partLength;
                scales[part] =
                        single.search(values, at + offset, partLength, errorWeights, weightsAt + offset, codes, offset);
            }
        };
    }
}
