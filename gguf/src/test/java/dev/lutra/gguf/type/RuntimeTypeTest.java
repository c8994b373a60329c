package dev.lutra.gguf.type;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RuntimeTypeTest {
    @Test
    void idsTellTheGeometry() {
        for (int layout = 1; layout <= 4; layout++)
            for (int digits = 1; digits <= 3; digits++)
                for (int group : new int[] {0, 32, 96, 4064}) {
                    RuntimeType type = new RuntimeType(layout, digits, group);
                    assertEquals(type, TensorTypes.byId(type.id(), TypeDialect.GGML));
                    assertFalse(DigitType.isDigitId(type.id()));
                }
    }

    /** Four digits, a group that is no multiple of 32 or too large, an older order of tiles. */
    @ParameterizedTest
    @ValueSource(ints = {0x4C533060, 0x4C537060, 0x4C534061, 0x4C534FFF, 0x4C52D060})
    void otherIdsStayUnknown(int id) {
        assertInstanceOf(UnknownType.class, TensorTypes.byId(id, TypeDialect.GGML));
        assertThrows(IllegalArgumentException.class, () -> RuntimeType.ofId(id));
    }

    /** Counted by hand: tiles of 64 rows, steps of a row, bytes of a step, and four bytes of scale for each row. */
    @ParameterizedTest
    @CsvSource({
        // 896 columns are 7 blocks of 125 and one of 21: 180 steps of 64 bytes after a header of 256
        "2, 1, 0, 896, 64, 11776, 0",
        // 3 blocks of 252 and one of 140 columns: 28 + 28 + 28 + 16 steps of 128 bytes
        "1, 1, 0, 896, 65, 25600, 0",
        "3, 1, 0, 896, 64, 14336, 0",
        // 9 groups of 96 columns in 20 steps each, one of 32 in 7, of two digits
        "2, 2, 96, 896, 64, 24192, 640",
        "3, 3, 96, 100, 1, 6400, 128",
        // 3 blocks of 240 columns in 10 steps each and one of 176 in 8, of 320 bytes
        "4, 1, 0, 896, 64, 12160, 0",
        // 9 groups of 96 columns in 4 steps each, one of 32 in 2, of two digits
        "4, 2, 96, 896, 64, 24320, 640"
    })
    void sizesAreThoseOfTheLayout(
            int layout, int digits, int group, long columns, long rows, long digitBytes, long scaleBytes) {
        RuntimeType type = new RuntimeType(layout, digits, group);
        assertEquals(digitBytes, type.digitBytes(columns, rows));
        assertEquals(scaleBytes, type.scaleBytes(columns, rows));
        assertEquals(
                digitBytes + scaleBytes + 4 * rows, type.byteSize(columns, rows).orElseThrow());
    }

    @Test
    void impossibleShapesAreRefused() {
        RuntimeType type = new RuntimeType(1, 3, 96);
        assertThrows(IllegalArgumentException.class, () -> type.byteSize(-1, 1));
        assertThrows(IllegalArgumentException.class, () -> type.byteSize(Long.MAX_VALUE / 2, Long.MAX_VALUE / 2));
        assertThrows(IllegalArgumentException.class, () -> new RuntimeType(5, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new RuntimeType(1, 4, 0));
        assertThrows(IllegalArgumentException.class, () -> new RuntimeType(1, 1, 33));
    }
}
