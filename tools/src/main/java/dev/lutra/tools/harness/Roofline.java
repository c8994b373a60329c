package dev.lutra.tools.harness;

import dev.lutra.kernels.probe.Int8Peak;
import dev.lutra.kernels.probe.ReadBandwidth;
import dev.lutra.kernels.probe.TeamClock;
import dev.lutra.kernels.team.Team;
import dev.lutra.tools.report.Table;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What bounds every kernel on so many threads.
 *
 * @param readBytes bytes per second from main memory: bounds decode
 * @param multiplyAdds int8 multiply-adds per second of the matrix or vector unit, empty when unknown: bounds prefill
 */
public record Roofline(int threads, double readBytes, OptionalDouble multiplyAdds) {
    private static final int PASSES = 12;

    /** One row for each. */
    public static Table table(List<Roofline> rooflines) {
        Table table = new Table("threads", "read GB/s", "int8 peak GMAC/s");
        for (Roofline roofline : rooflines)
            table.add(
                    roofline.threads,
                    Cells.giga(roofline.readBytes),
                    roofline.multiplyAdds.isEmpty()
                            ? new Table.Cell(null, "")
                            : Cells.giga(roofline.multiplyAdds.getAsDouble()));
        return table;
    }

    /** Measures with a team of its own. */
    public static Roofline measure(int threads) {
        try (Team team = Team.of(threads)) {
            return new Roofline(threads, readBytes(team), Int8Peak.measure(team));
        }
    }

    /**
     * The same with the read bandwidth of this moment: where others use the memory too it drifts by half within a run, and a
     * share of what it was minutes ago says nothing.
     */
    public Roofline now() {
        try (Team team = Team.of(threads)) {
            return new Roofline(threads, readBytes(team), multiplyAdds);
        }
    }

    private static double readBytes(Team team) {
        return ReadBandwidth.measure(team, ReadBandwidth.MEMORY_BYTES, PASSES, TeamClock.of(team))
                .bytesPerSecond();
    }
}
