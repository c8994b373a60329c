package dev.lutra.quant.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.RowCodec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bytes of {@link AwkwardRows} under every format, told by the first 32 digits of the SHA-256 of all rows: those in
 * {@code awkward.sha256} are of {@code ggml_quantize_chunk} in the ggml library of llama.cpp v0.5.0.
 */
class AwkwardRowsTest {
    record Expected(GgmlType type, boolean importance, String digest) {}

    static Stream<Expected> reference() {
        return lines().stream().filter(line -> !line.startsWith("#")).map(line -> {
            String[] words = line.split(" ");
            return new Expected(GgmlType.byName(words[0]).orElseThrow(), words[1].equals("importance"), words[2]);
        });
    }

    private static List<String> lines() {
        try (InputStream in = AwkwardRowsTest.class.getResourceAsStream("awkward.sha256")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * All kinds of rows, but for MXFP4 and Q2_0 those with subnormal weights. There ggml's exponent of MXFP4 wraps around to a
     * huge scale under codes that are all 0, and its Q2_0 converts infinities to integers, which C leaves undefined. Both
     * decode to zeros, and so do ours.
     */
    static boolean covers(GgmlType type, AwkwardRows rows) {
        return rows != AwkwardRows.SUBNORMAL || type != GgmlType.MXFP4 && type != GgmlType.Q2_0;
    }

    @ParameterizedTest
    @MethodSource("reference")
    void bytesAreTheReference(Expected expected) throws NoSuchAlgorithmException {
        RowCodec codec = RowCodecs.of(expected.type());
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (AwkwardRows rows : AwkwardRows.values()) {
            if (!covers(expected.type(), rows)) continue;
            byte[] bytes = new byte
                    [(int) expected.type().byteSize(AwkwardRows.COLUMNS, 1).orElseThrow()];
            codec.encode(
                    rows.row(),
                    0,
                    AwkwardRows.COLUMNS,
                    expected.importance() ? rows.importance() : null,
                    MemorySegment.ofArray(bytes),
                    0);
            digest.update(bytes);
        }
        assertEquals(
                expected.digest(), HexFormat.of().formatHex(digest.digest()).substring(0, 32));
    }
}
