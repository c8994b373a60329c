package dev.lutra.tools.command;

import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.probe.ReadBandwidth;
import dev.lutra.kernels.team.Processors;
import dev.lutra.kernels.team.Team;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.machine.Machine;
import dev.lutra.tools.report.OutputFormat;
import dev.lutra.tools.report.Table;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code doctor}: what this machine and this JVM offer, and what Lutra makes of it. */
@Command(name = "doctor", description = "Shows JDK, kernels, instruction sets, processors and memory bandwidth.")
public final class DoctorCommand extends BaseCommand {
    @Option(names = "--json", description = "Print as JSON.")
    private boolean json;

    @Override
    protected void run() {
        Map<String, Object> findings = new LinkedHashMap<>(Machine.describe());
        for (KernelKind kind : KernelKind.values())
            findings.put(
                    kind.name().toLowerCase(Locale.ROOT) + " kernels",
                    kind.whyUnavailable().orElse("available"));
        try (Team team = Team.of(1)) {
            findings.put("kernels chosen", Kernels.best(team).kind().name().toLowerCase(Locale.ROOT));
        }
        int most = Processors.here().threads();
        findings.put("threads by default", most);
        for (int threads = 1; threads <= most; threads *= 2)
            findings.put("read bandwidth, " + threads + " threads, GB/s", bandwidth(threads));
        if (json) out().println(JsonMapper.builder().build().writeValueAsString(findings));
        else {
            Table table = new Table("what", "found");
            findings.forEach((what, found) -> table.add(
                    what,
                    found instanceof Double number ? Table.number(number, 1).text() : found));
            out().print(table.render(OutputFormat.text));
        }
    }

    private static double bandwidth(int threads) {
        try (Team team = Team.of(threads)) {
            return ReadBandwidth.ofMemory(team).bytesPerSecond() * 1e-9;
        }
    }
}
