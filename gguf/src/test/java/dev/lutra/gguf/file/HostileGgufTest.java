package dev.lutra.gguf.file;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.HostileBytes;
import dev.lutra.gguf.metadata.ArrayValue;
import dev.lutra.gguf.metadata.MetadataValue;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HostileGgufTest {
    /** A larger run by hand: {@code -Dlutra.mutations=1000000}. */
    private static final int MUTATIONS = Integer.getInteger("lutra.mutations", 5000);

    private byte[] sound;
    private int headerBytes;
    private HostileBytes hostile;

    @BeforeEach
    void assembleSoundFile() {
        byte[] strings = RawGguf.join(
                RawGguf.bytes(8, 4), RawGguf.bytes(2, 8), RawGguf.bytes(1, 8), new byte[] {'a'}, RawGguf.bytes(0, 8));
        RawGguf gguf = new RawGguf()
                .text("general.architecture", "qwen2")
                .u32("general.alignment", 32)
                .pair("flag", 7, new byte[] {1})
                .pair("wide", 10, RawGguf.bytes(-1, 8))
                .pair("real", 12, RawGguf.bytes(Double.doubleToLongBits(0.5), 8))
                .pair("strings", 9, strings)
                .pair("flags", 9, RawGguf.join(RawGguf.bytes(7, 4), RawGguf.bytes(3, 8), new byte[] {1, 0, 1}))
                .pair("nested", 9, RawGguf.join(RawGguf.bytes(9, 4), RawGguf.bytes(2, 8), strings, strings))
                .tensor("token_embd.weight", 0, 0, 4, 6)
                .tensor("blk.0.w", 8, 96, 32, 2)
                .tensor("blk.0.t", 39, 192, 256, 2);
        headerBytes = gguf.toBytes().length;
        sound = gguf.data(192 + 160).toBytes();
        hostile = new HostileBytes(HostileGgufTest::readEverything);
    }

    private static void readEverything(MemorySegment bytes) {
        try (GgufFile file = GgufFile.of(Path.of("hostile"), bytes)) {
            for (String key : file.metadata().keys())
                readEverything(file.metadata().value(key), 100);
            for (GgufTensor tensor : file.tensors()) {
                assertTrue(tensor.byteSize() > 0 && tensor.elements() > 0, tensor.toString());
                tensor.data().get(JAVA_BYTE, tensor.byteSize() - 1);
            }
        }
    }

    private static void readEverything(MetadataValue value, int most) {
        if (value instanceof ArrayValue array)
            for (long i = 0; i < Math.min(array.size(), most); i++) readEverything(array.element(i), most / 2);
        else assertEquals(value, value);
    }

    @Test
    void theSoundFileOpens() {
        readEverything(MemorySegment.ofArray(sound));
    }

    @Test
    void noPrefixOpens() {
        // TL2's last 32 bytes hold the scale and padding: they are part of the tensor
        hostile.everyPrefix(sound, sound.length);
        assertEquals(sound.length, hostile.refused());
    }

    @Test
    void everyHeaderByteMayBeWrong() {
        hostile.everyByte(sound, headerBytes);
        assertTrue(hostile.refused() > headerBytes, hostile.refused() + " refused, " + hostile.opened() + " opened");
    }

    @Test
    void everyNumberMayBeHuge() {
        hostile.hugeNumberEverywhere(sound, headerBytes);
        assertTrue(
                hostile.refused() > hostile.opened(), hostile.refused() + " refused, " + hostile.opened() + " opened");
    }

    @Test
    void mutationsNeitherCrashNorAllocate() {
        hostile.mutate(sound, new Random(20261121), MUTATIONS);
        assertEquals(MUTATIONS, hostile.opened() + hostile.refused());
    }
}
