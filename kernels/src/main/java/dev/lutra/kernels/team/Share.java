package dev.lutra.kernels.team;

/**
 * The contiguous part {@code [from, to)} of a range that one worker takes.
 *
 * @param from first index
 * @param to index after the last, equal to {@code from} when nothing is left for this worker
 */
public record Share(int from, int to) {
    /**
     * The part of {@code [0, count)} for {@code worker} of {@code workers}, cut at multiples of {@code unit}. The parts of all
     * workers cover the range and differ by at most one unit.
     */
    public static Share of(int count, int unit, int worker, int workers) {
        long units = (count + (long) unit - 1) / unit;
        long from = units * worker / workers * unit, to = units * (worker + 1) / workers * unit;
        return new Share((int) Math.min(from, count), (int) Math.min(to, count));
    }

    /** How many indices there are. */
    public int size() {
        return to - from;
    }
}
