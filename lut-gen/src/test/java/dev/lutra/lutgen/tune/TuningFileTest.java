package dev.lutra.lutgen.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.model.KnownModel.Shape;
import dev.lutra.gguf.model.ModelRegistry;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.TernaryTuning;
import dev.lutra.kernels.TernaryVariant;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.SpecialKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuningFileTest {
    private static final Map<String, Object> MACHINE = Map.of("cpu", "a", "isa", "b");

    @TempDir
    private Path folder;

    private static Measurement measurement(int threads, String winner) {
        Candidate best = new Candidate(winner, false, 10, 20);
        return new Measurement(threads, 1, 64, 96, "native", best, List.of(best, new Candidate("five", true, 11, 19)));
    }

    private static TernaryVariant choice(TuningFile file, int threads) {
        return file.choices(threads, SpecialKernels.NONE)
                .choices()
                .get(new TernaryTuning.Shape(KernelKind.NATIVE, 64, 96, 1))
                .variant();
    }

    @Test
    void comesBackAsItWasWrittenAndKeepsOtherThreadCounts() throws IOException {
        TuningFile.of(MACHINE, List.of(), List.of(measurement(1, "codes"))).write(folder);
        Path file = TuningFile.of(MACHINE, List.of("x.so"), List.of(measurement(4, "quint")))
                .write(folder);
        TuningFile back = TuningFile.read(file);
        assertEquals(MACHINE, back.machine());
        assertEquals(List.of("x.so"), back.libraries());
        assertEquals(List.of(measurement(4, "quint"), measurement(1, "codes")), back.measurements());
        assertEquals(TernaryVariant.CODES, choice(back, 1));
        assertEquals(TernaryVariant.CODES, choice(back, 3));
        assertEquals(TernaryVariant.QUINT, choice(back, 8));
        assertEquals(back, TuningFile.read(Files.createFile(folder.resolve("kernel_config_tl2.ini"))));
    }

    @Test
    void whatAnotherMachineMeasuredIsReplaced() throws IOException {
        TuningFile.of(Map.of("cpu", "z"), List.of(), List.of(measurement(1, "codes")))
                .write(folder);
        TuningFile.of(MACHINE, List.of(), List.of(measurement(2, "quint"))).write(folder);
        assertEquals(
                1,
                TuningFile.read(folder.resolve(TuningFile.NAME)).measurements().size());
    }

    @Test
    void damagedFilesAreRefusedWithTheirName() throws IOException {
        Path good = TuningFile.of(MACHINE, List.of("x.so"), List.of(measurement(1, "codes")))
                .write(folder);
        String text = Files.readString(good);
        Path bad = folder.resolve("bad.json");
        for (String damaged : List.of(
                text.substring(0, text.length() / 2),
                "[]",
                "{}",
                "GGUF\u0003\u0000",
                text.replace("codes", "kodes"),
                text.replace("\"native\"", "\"naive\""),
                text.replace("\"x.so\"", "\"../x.so\""),
                text.replace("\"format\" : 1", "\"format\" : 9"))) {
            Files.writeString(bad, damaged);
            var error = assertThrows(IllegalArgumentException.class, () -> TuningFile.read(bad), damaged);
            String message = String.valueOf(error.getMessage());
            assertTrue(message.contains("bad.json") && message.lines().count() == 1, message);
        }
        Path lonely =
                Files.createFile(Files.createDirectory(folder.resolve("sub")).resolve("kernel_config_tl1.ini"));
        assertThrows(IllegalArgumentException.class, () -> TuningFile.read(lonely));
    }

    @Test
    void everyVariantIsMeasuredOnceAndOneWins() {
        try (Team team = Team.of(1)) {
            Measurement measured =
                    new Tuner(team, 0.001, 0, SpecialKernels.NONE).measure(KernelKind.SCALAR, new Shape(65, 100), 2);
            assertEquals(1, measured.candidates().size());
            assertEquals("scalar", measured.winner().variant());
            assertTrue(measured.winner().decodeMicros() > 0 && measured.winner().prefillMicros() > 0);
        }
    }

    @Test
    void shapesAreStackedAsTheEngineDoes() {
        assertEquals(
                List.of(new Shape(1152, 896), new Shape(896, 896), new Shape(9728, 896), new Shape(896, 4864)),
                StackedShapes.of(ModelRegistry.bundled().require("0.5B").config()));
    }
}
