package dev.lutra.quant.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts searched side by side get what parts alone get, to the last bit. */
class SymmetricSearchesTest {
    private static final int LENGTH = 16;

    @ParameterizedTest
    @ValueSource(ints = {4, 8, 32})
    void agreesWithTheSearchOfOnePart(int levels) {
        SymmetricSearch single = new SymmetricSearch(levels);
        SymmetricSearches batch = SymmetricSearches.of(levels, LENGTH);
        Random random = new Random(9);
        for (int parts : new int[] {1, 5, 130}) {
            float[] x = new float[3 + parts * LENGTH], weights = new float[2 + parts * LENGTH];
            for (int i = 0; i < parts * LENGTH; i++) {
                x[3 + i] = weight(random, i / LENGTH);
                weights[2 + i] = i / LENGTH % 3 == 2 ? 0 : random.nextFloat();
            }
            byte[] codes = new byte[parts * LENGTH], expected = new byte[LENGTH];
            float[] scales = new float[parts];
            batch.search(x, 3, parts, weights, 2, codes, scales);
            for (int part = 0; part < parts; part++) {
                int offset = part * LENGTH;
                float scale = single.search(x, 3 + offset, LENGTH, weights, 2 + offset, expected, 0);
                assertArrayEquals(expected, Arrays.copyOfRange(codes, offset, offset + LENGTH), "part " + part);
                assertEquals(scale, scales[part], 0, "part " + part);
            }
        }
    }

    /** Neighbours differ in kind: bell, constant, negligible, ties, mostly zero, zero, spread wide. */
    private static float weight(Random random, int part) {
        float bell = (float) random.nextGaussian();
        return switch (part % 8) {
            case 1 -> -0.25f;
            case 2 -> bell * 1e-20f;
            case 3 -> bell * 1e-14f;
            case 4 -> random.nextInt(9) - 4;
            case 5 -> random.nextInt(8) == 0 ? bell : 0;
            case 6 -> 0;
            case 7 -> Math.scalb(bell, random.nextInt(60) - 40);
            default -> bell;
        };
    }
}
