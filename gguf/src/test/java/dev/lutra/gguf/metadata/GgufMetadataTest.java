package dev.lutra.gguf.metadata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.write.GgufPlan;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufMetadataTest {
    /** Through the bytes of a file and back. */
    private static GgufMetadata roundTrip(GgufMetadata metadata) {
        byte[] file = GgufPlan.builder(metadata).build().shards().getFirst().header();
        return GgufFile.of(Path.of("memory"), MemorySegment.ofArray(file)).metadata();
    }

    /** Two to four extreme values of a type. */
    private static List<MetadataValue> extremes(ValueType type) {
        return switch (type) {
            case U8 -> List.of(MetadataValue.u8(0), MetadataValue.u8(255));
            case I8 -> List.of(MetadataValue.i8(-128), MetadataValue.i8(127));
            case U16 -> List.of(MetadataValue.u16(0), MetadataValue.u16(65535));
            case I16 -> List.of(MetadataValue.i16(-32768), MetadataValue.i16(32767));
            case U32 -> List.of(MetadataValue.u32(0), MetadataValue.u32(0xFFFF_FFFFL));
            case I32 -> List.of(MetadataValue.i32(Integer.MIN_VALUE), MetadataValue.i32(Integer.MAX_VALUE));
            case F32 ->
                List.of(MetadataValue.f32(Float.MIN_VALUE), MetadataValue.f32(-0f), MetadataValue.f32(Float.NaN));
            case BOOL -> List.of(MetadataValue.bool(false), MetadataValue.bool(true));
            case STRING -> List.of(MetadataValue.string(""), MetadataValue.string("\0 ü 世 \uD83D\uDE00\n"));
            case ARRAY ->
                List.of(ArrayValue.ofInts(), ArrayValue.ofStrings(List.of("", "x")), ArrayValue.ofFloats(1, 2, 3));
            case U64 -> List.of(MetadataValue.u64(0), MetadataValue.u64(-1));
            case I64 -> List.of(MetadataValue.i64(Long.MIN_VALUE), MetadataValue.i64(Long.MAX_VALUE));
            case F64 -> List.of(MetadataValue.f64(Double.MIN_VALUE), MetadataValue.f64(Double.NEGATIVE_INFINITY));
        };
    }

    @ParameterizedTest
    @EnumSource
    void everyTypeSurvivesAloneInArraysAndNested(ValueType type) {
        MetadataBuilder builder = GgufMetadata.builder();
        List<MetadataValue> extremes = extremes(type);
        for (int i = 0; i < extremes.size(); i++) builder.put("alone." + i, extremes.get(i));
        ArrayValue array = ArrayValue.of(type, extremes);
        builder.put("array", array);
        builder.put("empty", ArrayValue.of(type, List.of()));
        builder.put("nested", ArrayValue.of(ValueType.ARRAY, List.of(array, ArrayValue.of(type, List.of()), array)));
        GgufMetadata written = builder.build(), read = roundTrip(written);
        assertEquals(written, read);
        assertEquals(List.copyOf(written.keys()), List.copyOf(read.keys()));
        for (int i = 0; i < extremes.size(); i++) {
            assertEquals(extremes.get(i), read.value("alone." + i));
            assertEquals(extremes.get(i), read.array("array").element(i));
            assertEquals(extremes.get(i), read.array("nested").array(2).element(i));
        }
        assertEquals(read, read.detach());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 32, 33, 64, 1000})
    void anyStringOfALongArrayIsFound(int size) {
        Random random = new Random(size);
        List<String> strings = IntStream.range(0, size)
                .mapToObj(i -> "t".repeat(random.nextInt(20)) + i)
                .toList();
        ArrayValue array =
                roundTrip(GgufMetadata.builder().strings("s", strings).build()).array("s");
        assertEquals(strings, array.strings());
        List<String> single = new ArrayList<>();
        for (long i = 0; i < array.size(); i++) single.add(new String(array.stringBytes(i), StandardCharsets.UTF_8));
        assertEquals(strings, single);
        assertThrows(IndexOutOfBoundsException.class, () -> array.element(size));
        assertThrows(IndexOutOfBoundsException.class, () -> array.element(-1));
    }

    @Test
    void integersOfAnyWidthAreIntsWhereTheyFit() {
        for (ValueType type : ValueType.values()) {
            if (!type.isInteger()) continue;
            GgufMetadata metadata = GgufMetadata.builder()
                    .put("k", new MetadataValue.IntegerValue(type, 100))
                    .put("a", ArrayValue.of(type, List.of(new MetadataValue.IntegerValue(type, 7))))
                    .build();
            assertEquals(100, metadata.intValue("k"));
            assertEquals(100.0, metadata.number("k"));
            assertArrayEquals(new int[] {7}, metadata.ints("a"));
            assertArrayEquals(new long[] {7}, metadata.array("a").longs());
        }
        GgufMetadata wide = GgufMetadata.builder()
                .put("k", ArrayValue.ofUnsignedInts(-1))
                .u32("n", 0xFFFF_FFFFL)
                .build();
        assertThrows(MalformedFileException.class, () -> wide.ints("k"));
        assertThrows(MalformedFileException.class, () -> wide.intValue("n"));
        assertEquals(0xFFFF_FFFFL, wide.integer("n"));
    }

    @Test
    void valuesOutsideTheirTypeAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> MetadataValue.u8(256));
        assertThrows(IllegalArgumentException.class, () -> MetadataValue.i8(128));
        assertThrows(IllegalArgumentException.class, () -> MetadataValue.u32(-1));
        assertThrows(IllegalArgumentException.class, () -> new MetadataValue.FloatValue(ValueType.F32, 0.1));
        assertThrows(IllegalArgumentException.class, () -> ArrayValue.of(ValueType.U32, List.of(MetadataValue.i32(1))));
        assertNotEquals(MetadataValue.u32(1), MetadataValue.i32(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "ü", "a\nb"})
    void keysThatReadersRefuseAreNotWritten(String key) {
        assertThrows(
                IllegalArgumentException.class, () -> GgufMetadata.builder().u32(key, 1));
    }

    @Test
    void textThatIsNotUtf8IsStillText() {
        GgufMetadata metadata = GgufMetadata.builder().string("k", "abc").build();
        byte[] file = GgufPlan.builder(metadata).build().shards().getFirst().header();
        int at = new String(file, StandardCharsets.ISO_8859_1).indexOf("abc");
        file[at + 1] = (byte) 0xFF;
        GgufMetadata read =
                GgufFile.of(Path.of("memory"), MemorySegment.ofArray(file)).metadata();
        assertEquals("a\uFFFDc", read.string("k"));
    }

    @Test
    void settingAKeyAgainKeepsItsPlace() {
        GgufMetadata metadata = GgufMetadata.builder()
                .u32("a", 1)
                .u32("b", 2)
                .string("a", "x")
                .remove("missing")
                .build();
        assertEquals("[a, b]", metadata.keys().toString());
        assertEquals("x", metadata.string("a"));
        assertEquals("[b]", metadata.toBuilder().remove("a").build().keys().toString());
    }
}
