package dev.lutra.quant.calibrate;

/** A uniform grid for every weight of a matrix: {@code weight = step * level}, levels from {@link #low} to {@link #high}. */
interface Steps {
    /** The distance of two neighbouring values at a row and a column of the matrix; negative where levels count downwards. */
    float step(int row, int column);

    int low();

    int high();

    /** The level whose value is nearest to {@code weight}. */
    default int nearest(float weight, float step) {
        return Math.clamp((int) Math.rint(weight / step), low(), high());
    }
}
