package dev.lutra.kernels.team;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;

/**
 * How many threads kernels should run on: one for each physical performance core that this process may use. A second thread of a
 * core shares its execution units, and an efficiency core makes all others wait at every barrier.
 *
 * @param logical processors that the JVM may use, a container's limit considered
 * @param allowed logical processors that the operating system lets this process run on
 * @param performance those of them that are threads of performance cores
 * @param cores physical performance cores that those belong to
 */
public record Processors(int logical, int allowed, int performance, int cores) {
    /** ARM cores of less than half of the largest capacity are efficiency cores. */
    private static final double PERFORMANCE = 0.5;

    private static final class Here {
        private static final Processors FOUND = find(
                Path.of("/sys/devices"),
                Path.of("/proc/self/status"),
                Runtime.getRuntime().availableProcessors());
    }

    /** Those of this machine; where the system tells nothing of its cores, every processor counts as one. */
    public static Processors here() {
        return Here.FOUND;
    }

    /** Threads to run kernels on. */
    public int threads() {
        return Math.max(1, Math.min(cores, logical));
    }

    static Processors find(Path devices, Path status, int logical) {
        try {
            BitSet allowed = list(Files.readString(devices.resolve("system/cpu/online")));
            for (String line : Files.readAllLines(status))
                if (line.startsWith("Cpus_allowed_list:")) allowed.and(list(line.substring(line.indexOf(':') + 1)));
            BitSet performance = performance(devices, allowed);
            Set<String> cores = new HashSet<>();
            for (int cpu = performance.nextSetBit(0); cpu >= 0; cpu = performance.nextSetBit(cpu + 1))
                cores.add(Files.readString(cpu(devices, cpu).resolve("topology/thread_siblings_list"))
                        .strip());
            if (!cores.isEmpty())
                return new Processors(logical, allowed.cardinality(), performance.cardinality(), cores.size());
        } catch (IOException | NumberFormatException e) {
            // other systems have no such files, and containers may hide them: then nothing is known of cores
        }
        return new Processors(logical, logical, logical, logical);
    }

    private static Path cpu(Path devices, int cpu) {
        return devices.resolve("system/cpu/cpu" + cpu);
    }

    /** Hybrid Intel processors list their performance cores; ARM ones tell every core's capacity. */
    private static BitSet performance(Path devices, BitSet allowed) throws IOException {
        BitSet result = (BitSet) allowed.clone();
        Path hybrid = devices.resolve("cpu_core/cpus");
        if (Files.isReadable(hybrid)) {
            result.and(list(Files.readString(hybrid)));
            return result.isEmpty() ? allowed : result;
        }
        int most = 0;
        for (int cpu = allowed.nextSetBit(0); cpu >= 0; cpu = allowed.nextSetBit(cpu + 1))
            most = Math.max(most, capacity(devices, cpu));
        for (int cpu = allowed.nextSetBit(0); cpu >= 0; cpu = allowed.nextSetBit(cpu + 1))
            if (capacity(devices, cpu) < PERFORMANCE * most) result.clear(cpu);
        return result;
    }

    private static int capacity(Path devices, int cpu) throws IOException {
        Path file = cpu(devices, cpu).resolve("cpu_capacity");
        return Files.isReadable(file) ? Integer.parseInt(Files.readString(file).strip()) : 0;
    }

    /** {@code 0-3,8} as the kernel writes it. */
    private static BitSet list(String text) {
        BitSet set = new BitSet();
        for (String part : text.strip().split(",", -1)) {
            if (part.isBlank()) continue;
            int dash = part.indexOf('-');
            int from = Integer.parseInt((dash < 0 ? part : part.substring(0, dash)).strip());
            int to = dash < 0 ? from : Integer.parseInt(part.substring(dash + 1).strip());
            if (from < 0 || to < from || to > 1 << 16) throw new NumberFormatException(part);
            set.set(from, to + 1);
        }
        return set;
    }
}
