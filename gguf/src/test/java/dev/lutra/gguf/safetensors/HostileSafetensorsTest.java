package dev.lutra.gguf.safetensors;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.HostileBytes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HostileSafetensorsTest {
    /** A larger run by hand: {@code -Dlutra.mutations=1000000}. */
    private static final int MUTATIONS = Integer.getInteger("lutra.mutations", 5000);

    private byte[] sound;
    private HostileBytes hostile;

    @BeforeEach
    void readSoundFile() throws IOException {
        sound = Files.readAllBytes(SafetensorsFileTest.golden());
        hostile = new HostileBytes(HostileSafetensorsTest::readEverything);
    }

    private static void readEverything(MemorySegment bytes) {
        try (SafetensorsFile file = SafetensorsFile.of(Path.of("hostile"), bytes)) {
            for (SafetensorsTensor tensor : file.tensors()) {
                assertTrue(tensor.byteSize() >= 0 && tensor.elements() >= 0, tensor.toString());
                if (tensor.byteSize() > 0) tensor.data().get(JAVA_BYTE, tensor.byteSize() - 1);
                switch (tensor.dtype()) {
                    case F32, F16, BF16, F64 -> tensor.readRows(0, (int) Math.min(tensor.rows(), 2));
                    default -> assertTrue(tensor.rows() >= 0);
                }
            }
        }
    }

    @Test
    void noPrefixOpens() {
        hostile.everyPrefix(sound, sound.length);
        assertEquals(sound.length, hostile.refused());
    }

    @Test
    void everyHeaderByteMayBeWrong() {
        hostile.everyByte(sound, 8 + 0x238);
        assertTrue(
                hostile.refused() > hostile.opened(), hostile.refused() + " refused, " + hostile.opened() + " opened");
    }

    @Test
    void everyNumberMayBeHuge() {
        hostile.hugeNumberEverywhere(sound, 8 + 0x238);
        assertTrue(
                hostile.refused() > hostile.opened(), hostile.refused() + " refused, " + hostile.opened() + " opened");
    }

    @Test
    void mutationsNeitherCrashNorAllocate() {
        hostile.mutate(sound, new Random(20261121), MUTATIONS);
        assertEquals(MUTATIONS, hostile.opened() + hostile.refused());
    }
}
