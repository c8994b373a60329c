package dev.lutra.tools.convert;

/** Collects the error of a tensor by windows: the sum does not depend on which thread took which window. */
final class ErrorSum {
    private final double[] errors;
    private final double[] weights;

    ErrorSum(int windows) {
        errors = new double[windows];
        weights = new double[windows];
    }

    /** Compares {@code count} weights with what will be read back in their place. */
    void add(int window, float[] original, float[] readBack, int count) {
        double error = 0, weight = 0;
        for (int i = 0; i < count; i++) {
            double difference = (double) original[i] - readBack[i];
            error += difference * difference;
            weight += (double) original[i] * original[i];
        }
        errors[window] += error;
        weights[window] += weight;
    }

    /** {@code |w - w'| / |w|}; 0 for a tensor of zeros. */
    double relative() {
        double error = 0, weight = 0;
        for (int i = 0; i < errors.length; i++) {
            error += errors[i];
            weight += weights[i];
        }
        return weight == 0 ? 0 : Math.sqrt(error / weight);
    }
}
