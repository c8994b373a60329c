package dev.lutra.quant.codec;

import java.util.Random;

/** Rows of weights at which quantizers go wrong, the same on every machine. */
enum AwkwardRows {
    BELL {
        @Override
        float weight(Random random, int column) {
            return bell(random);
        }
    },
    /** The range of trained weights. */
    TRAINED {
        @Override
        float weight(Random random, int column) {
            return bell(random) * 0.02f;
        }
    },
    ZERO {
        @Override
        float weight(Random random, int column) {
            return 0;
        }
    },
    NEGATIVE_ZERO {
        @Override
        float weight(Random random, int column) {
            return -0f;
        }
    },
    CONSTANT {
        @Override
        float weight(Random random, int column) {
            return 0.7f;
        }
    },
    NEGATIVE_CONSTANT {
        @Override
        float weight(Random random, int column) {
            return -0.3f;
        }
    },
    NEARLY_CONSTANT {
        @Override
        float weight(Random random, int column) {
            return 1 - column * 0x1p-23f;
        }
    },
    /** Scales that float16 keeps with few bits. */
    TINY {
        @Override
        float weight(Random random, int column) {
            return bell(random) * 1e-6f;
        }
    },
    /** Scales that float16 flushes to zero. */
    VANISHING {
        @Override
        float weight(Random random, int column) {
            return bell(random) * 1e-12f;
        }
    },
    /** Below what quantizers take for zero. */
    NEGLIGIBLE {
        @Override
        float weight(Random random, int column) {
            return bell(random) * 1e-20f;
        }
    },
    SUBNORMAL {
        @Override
        float weight(Random random, int column) {
            return Float.intBitsToFloat(random.nextInt() & 0x800FFFFF);
        }
    },
    LARGE {
        @Override
        float weight(Random random, int column) {
            return bell(random) * 5000;
        }
    },
    TERNARY {
        @Override
        float weight(Random random, int column) {
            return random.nextInt(3) - 1;
        }
    },
    SIGNS {
        @Override
        float weight(Random random, int column) {
            return random.nextBoolean() ? 0.5f : -0.5f;
        }
    },
    POSITIVE {
        @Override
        float weight(Random random, int column) {
            return Math.abs(bell(random));
        }
    },
    NEGATIVE {
        @Override
        float weight(Random random, int column) {
            return -Math.abs(bell(random));
        }
    },
    OUTLIERS {
        @Override
        float weight(Random random, int column) {
            return random.nextInt(10) == 0 ? bell(random) * 50 : bell(random) * 0.01f;
        }
    },
    ONE_HOT {
        @Override
        float weight(Random random, int column) {
            return column % 32 == 5 ? 1 : 0;
        }
    },
    HALF_EMPTY {
        @Override
        float weight(Random random, int column) {
            return column % 256 < 100 ? 0 : bell(random);
        }
    },
    /** Many ties in rounding. */
    GRID {
        @Override
        float weight(Random random, int column) {
            return (random.nextInt(17) - 8) / 8f;
        }
    },
    /** Magnitudes spread over 24 binary orders. */
    WIDE {
        @Override
        float weight(Random random, int column) {
            return Math.scalb(bell(random), random.nextInt(24) - 16);
        }
    };

    static final int COLUMNS = 1024;

    abstract float weight(Random random, int column);

    /** A sum of uniform numbers: near enough to a normal distribution, exact in float. */
    private static float bell(Random random) {
        int sum = 0;
        for (int i = 0; i < 4; i++) sum += random.nextInt(1 << 20);
        return (sum - (1 << 21)) * 0x1p-20f;
    }

    /** A row of {@link #COLUMNS} weights. */
    float[] row() {
        Random random = new Random(ordinal());
        float[] row = new float[COLUMNS];
        for (int i = 0; i < COLUMNS; i++) row[i] = weight(random, i);
        return row;
    }

    /** Importance that goes with {@link #row}: smooth, sparse, even or spread wide by turns. */
    float[] importance() {
        Random random = new Random(1000 + ordinal());
        float[] importance = new float[COLUMNS];
        for (int i = 0; i < COLUMNS; i++) {
            float bell = bell(random);
            importance[i] = switch (ordinal() % 4) {
                case 0 -> bell * bell;
                case 1 -> random.nextInt(4) == 0 ? 0 : Math.abs(bell) * 1e-4f;
                case 2 -> 1;
                default -> Math.scalb(Math.abs(bell), random.nextInt(16) - 8);
            };
        }
        return importance;
    }
}
