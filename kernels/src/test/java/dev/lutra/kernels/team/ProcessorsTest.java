package dev.lutra.kernels.team;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessorsTest {
    @TempDir
    private Path devices;

    private Path status;

    private void machine(String online, String allowed) throws IOException {
        write("system/cpu/online", online + "\n");
        status = devices.resolve("status");
        Files.writeString(status, "Name:\tjava\nCpus_allowed_list:\t" + allowed + "\n");
    }

    private void write(String name, String text) throws IOException {
        Path file = devices.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void core(String siblings, int capacity, int... processors) throws IOException {
        for (int processor : processors) {
            write("system/cpu/cpu" + processor + "/topology/thread_siblings_list", siblings + "\n");
            if (capacity > 0) write("system/cpu/cpu" + processor + "/cpu_capacity", capacity + "\n");
        }
    }

    @Test
    void twoThreadsOfACoreCountOnce() throws IOException {
        machine("0-7", "0-7");
        for (int i = 0; i < 4; i++) core(i + "," + (i + 4), 0, i, i + 4);
        assertEquals(new Processors(8, 8, 8, 4), Processors.find(devices, status, 8));
        assertEquals(4, Processors.find(devices, status, 8).threads());
    }

    @Test
    void efficiencyCoresOfHybridsAreLeftOut() throws IOException {
        machine("0-11", "0-11");
        for (int i = 0; i < 4; i++) core(2 * i + "-" + (2 * i + 1), 0, 2 * i, 2 * i + 1);
        for (int i = 8; i < 12; i++) core("" + i, 0, i);
        write("cpu_core/cpus", "0-7\n");
        assertEquals(new Processors(12, 12, 8, 4), Processors.find(devices, status, 12));
    }

    @Test
    void smallCoresOfArmAreLeftOut() throws IOException {
        machine("0-7", "0-7");
        for (int i = 0; i < 8; i++) core("" + i, i < 4 ? 350 : i < 7 ? 870 : 1024, i);
        assertEquals(4, Processors.find(devices, status, 8).threads());
    }

    @Test
    void limitsOfProcessAndContainerHold() throws IOException {
        machine("0-7", "2-3,6");
        for (int i = 0; i < 4; i++) core(i + "," + (i + 4), 0, i, i + 4);
        assertEquals(new Processors(3, 3, 3, 2), Processors.find(devices, status, 3));
        assertEquals(1, Processors.find(devices, status, 1).threads());
    }

    @Test
    void withoutTopologyEveryProcessorCounts() throws IOException {
        assertEquals(6, Processors.find(devices, devices.resolve("none"), 6).threads());
        machine("0-x", "0-7");
        assertEquals(6, Processors.find(devices, status, 6).threads());
    }

    @Test
    void thisMachineHasAtLeastOne() {
        assertTrue(Processors.here().threads() >= 1);
        assertTrue(Processors.here().threads() <= Runtime.getRuntime().availableProcessors());
    }
}
