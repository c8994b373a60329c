package dev.lutra.kernels.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.kernels.team.Team;
import org.junit.jupiter.api.Test;

class ReadBandwidthTest {
    @Test
    void bandwidthIsThatOfAMachine() {
        try (Team team = Team.of(2)) {
            ReadBandwidth measured = ReadBandwidth.measure(team, 8L << 20, 3);
            assertEquals(2, measured.threads());
            assertTrue(
                    measured.bytesPerSecond() > 1e5 && measured.bytesPerSecond() < 1e13,
                    measured.bytesPerSecond() + " bytes per second");
        }
    }

    @Test
    void buffersOfNoSizeAreRefused() {
        try (Team team = Team.of(1)) {
            assertThrows(IllegalArgumentException.class, () -> ReadBandwidth.measure(team, 0, 1));
            assertThrows(IllegalArgumentException.class, () -> ReadBandwidth.measure(team, 5000, 1));
        }
    }
}
