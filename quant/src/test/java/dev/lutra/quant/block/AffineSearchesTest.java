package dev.lutra.quant.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Parts searched side by side get what parts alone get, to the last bit. */
class AffineSearchesTest {
    @ParameterizedTest
    @CsvSource({"3, 16, true", "3, 16, false", "15, 32, false", "31, 32, false"})
    void agreesWithTheSearchOfOnePart(int levels, int partLength, boolean absolute) {
        AffineSearch.Sweep sweep = new AffineSearch.Sweep(-0.9f, 0.05f, 36, absolute);
        AffineSearch single = new AffineSearch(levels, partLength, sweep);
        AffineSearches batch = AffineSearches.of(levels, partLength, sweep);
        Random random = new Random(7);
        for (int parts : new int[] {1, 3, 8, 64, 130}) {
            float[] x = new float[5 + parts * partLength], weights = new float[parts * partLength];
            for (int i = 0; i < weights.length; i++) {
                x[5 + i] = weight(random, i / partLength);
                weights[i] = parts == 3 ? Math.abs(x[5 + i]) : random.nextFloat();
            }
            byte[] codes = new byte[weights.length], expected = new byte[partLength];
            float[] scales = new float[parts], minimums = new float[parts];
            batch.search(x, 5, parts, weights, codes, scales, minimums);
            for (int part = 0; part < parts; part++) {
                int offset = part * partLength;
                single.search(x, 5 + offset, weights, offset, expected, 0);
                assertArrayEquals(expected, Arrays.copyOfRange(codes, offset, offset + partLength), "part " + part);
                assertEquals(single.scale(), scales[part], 0, "part " + part);
                assertEquals(single.minimum(), minimums[part], 0, "part " + part);
            }
        }
    }

    /** Neighbours differ in kind: bell, constant, positive, negative, tiny, ties, mostly zero, huge beside tiny. */
    private static float weight(Random random, int part) {
        float bell = (float) random.nextGaussian();
        return switch (part % 10) {
            case 1 -> 0.25f;
            case 2 -> Math.abs(bell);
            case 3 -> -Math.abs(bell);
            case 4 -> bell * 1e-30f;
            case 5 -> random.nextInt(9) - 4;
            case 6 -> random.nextInt(8) == 0 ? bell : 0;
            case 7 -> -2;
            case 8 -> Math.scalb(bell, random.nextInt(60) - 40);
            case 9 -> random.nextInt(16) == 0 ? -1e9f : -1e-3f;
            default -> bell;
        };
    }
}
