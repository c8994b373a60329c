package dev.lutra.tools.machine;

import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.team.Processors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Describes processor, JDK and the instruction set that the native kernels use. */
public final class Machine {
    private Machine() {}

    /** Name and value of everything that is worth knowing beside a measurement. */
    public static Map<String, Object> describe() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("cpu", cpu());
        Processors processors = Processors.here();
        facts.put("processors", processors.logical());
        facts.put("physical performance cores", processors.cores());
        facts.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        facts.put("jdk", System.getProperty("java.vendor") + " " + Runtime.version());
        NativeLibrary library = NativeLibrary.get();
        facts.put("isa", library.isAvailable() ? library.isa() : "none");
        return facts;
    }

    private static String cpu() {
        Path info = Path.of("/proc/cpuinfo");
        try {
            if (Files.isReadable(info))
                for (String line : Files.readAllLines(info))
                    if (line.startsWith("model name"))
                        return line.substring(line.indexOf(':') + 1).strip();
        } catch (IOException e) {
            // The name is decoration; the architecture below says enough.
        }
        return System.getProperty("os.arch");
    }
}
