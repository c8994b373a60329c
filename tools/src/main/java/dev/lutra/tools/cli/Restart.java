package dev.lutra.tools.cli;

import dev.lutra.kernels.ffi.ProcessImage;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts this program anew in the same process. */
public final class Restart {
    private Restart() {}

    /**
     * Starts this program anew with a further JVM option, and with all compilers, which the launcher leaves out where native
     * kernels do the work; does not return.
     *
     * @param mainClass and {@code arguments} as this process was started
     */
    public static void with(String option, String mainClass, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("-XX:TieredStopAtLevel=4");
        command.add(option);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(arguments);
        ProcessImage.replace(command);
    }
}
