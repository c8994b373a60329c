package dev.lutra.gguf.type;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The tensor types of ggml and of its ternary forks, with block geometry. Ids: ggml.h of llama.cpp; I2_S, TL1 and TL2:
 * bitnet.cpp's ggml.h; IQ1_BN and IQ2_BN: ik_llama.cpp's ggml.h.
 */
public enum GgmlType implements TensorType {
    F32(0, "f32", 1, 4),
    F16(1, "f16", 1, 2),
    Q4_0(2, "q4_0", 32, 18),
    Q4_1(3, "q4_1", 32, 20),
    Q5_0(6, "q5_0", 32, 22),
    Q5_1(7, "q5_1", 32, 24),
    Q8_0(8, "q8_0", 32, 34),
    Q8_1(9, "q8_1", 32, 36),
    Q2_K(10, "q2_K", 256, 84),
    Q3_K(11, "q3_K", 256, 110),
    Q4_K(12, "q4_K", 256, 144),
    Q5_K(13, "q5_K", 256, 176),
    Q6_K(14, "q6_K", 256, 210),
    Q8_K(15, "q8_K", 256, 292),
    IQ2_XXS(16, "iq2_xxs", 256, 66),
    IQ2_XS(17, "iq2_xs", 256, 74),
    IQ3_XXS(18, "iq3_xxs", 256, 98),
    IQ1_S(19, "iq1_s", 256, 50),
    IQ4_NL(20, "iq4_nl", 32, 18),
    IQ3_S(21, "iq3_s", 256, 110),
    IQ2_S(22, "iq2_s", 256, 82),
    IQ4_XS(23, "iq4_xs", 256, 136),
    I8(24, "i8", 1, 1),
    I16(25, "i16", 1, 2),
    I32(26, "i32", 1, 4),
    I64(27, "i64", 1, 8),
    F64(28, "f64", 1, 8),
    IQ1_M(29, "iq1_m", 256, 56),
    BF16(30, "bf16", 1, 2),
    TQ1_0(34, "tq1_0", 256, 54),
    TQ2_0(35, "tq2_0", 256, 66),
    MXFP4(39, "mxfp4", 32, 17),
    NVFP4(40, "nvfp4", 64, 36),
    Q1_0(41, "q1_0", 128, 18),
    Q2_0(42, "q2_0", 64, 18),
    /** Two bits per trit and one scale per tensor. Row access needs 128 columns, the size only whole bytes. */
    I2_S(36, "i2_s", TypeDialect.BITNET, 128, 0),
    /** Tiled four-bit codes of trit pairs, one scale per tensor. */
    TL1(38, "tl1", TypeDialect.BITNET, 1, 0),
    /** Tiled index and sign codes of trit triples, pairs in the remaining columns, one scale per tensor. */
    TL2(39, "tl2", TypeDialect.BITNET, 1, 0),
    /** 64 trits in 13 bytes; every row begins with a float16 scale. */
    IQ1_BN(134, "iq1_bn", TypeDialect.IK, 64, 13),
    /** 64 trits in 16 bytes; every row begins with a float32 scale. */
    IQ2_BN(135, "iq2_bn", TypeDialect.IK, 64, 16);

    /** TL1, TL2 and I2_S store the tensor's scale after the codes, in a padded field of this many bytes. */
    public static final int SCALE_FIELD_BYTES = 32;

    private final int id;
    private final String label;
    private final TypeDialect dialect;
    private final int blockLength;
    private final int blockBytes;

    GgmlType(int id, String label, int blockLength, int blockBytes) {
        this(id, label, TypeDialect.GGML, blockLength, blockBytes);
    }

    GgmlType(int id, String label, TypeDialect dialect, int blockLength, int blockBytes) {
        this.id = id;
        this.label = label;
        this.dialect = dialect;
        this.blockLength = blockLength;
        this.blockBytes = blockBytes;
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public String label() {
        return label;
    }

    /** Whose numbering {@link #id} belongs to. */
    public TypeDialect dialect() {
        return dialect;
    }

    @Override
    public int blockLength() {
        return blockLength;
    }

    /** Bytes of one block of {@link #blockLength} elements; 0 for I2_S, TL1 and TL2, which are sized as a whole. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Whether all weights are -1, 0 or 1 times one scale of the whole tensor: bitnet.cpp's own formats. */
    public boolean isWholeTensorTernary() {
        return this == I2_S || this == TL1 || this == TL2;
    }

    /** The type that {@code id} means in {@code dialect}; a dialect that does not define the id leaves it to ggml. */
    public static Optional<GgmlType> byId(int id, TypeDialect dialect) {
        Optional<GgmlType> upstream = Optional.empty();
        for (GgmlType type : values()) {
            if (type.id != id) continue;
            if (type.dialect == dialect) return Optional.of(type);
            if (type.dialect == TypeDialect.GGML) upstream = Optional.of(type);
        }
        return upstream;
    }

    /** The type called {@code name} in any letter case, as users write it: {@code q8_0}, {@code TL2}. */
    public static Optional<GgmlType> byName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        for (GgmlType type : values()) if (type.label.toLowerCase(Locale.ROOT).equals(lower)) return Optional.of(type);
        return Optional.empty();
    }

    @Override
    public OptionalLong byteSize(long columns, long rows) {
        if (columns < 0 || rows < 0) throw new IllegalArgumentException("negative shape " + columns + " x " + rows);
        try {
            return OptionalLong.of(
                    switch (this) {
                        case I2_S -> wholeTensorBytes(Math.multiplyExact(columns, rows) / 4);
                        case TL1 -> wholeTensorBytes(Math.multiplyExact(columns, rows) / 4);
                        case TL2 -> wholeTensorBytes(tl2PackedBytes(columns, rows));
                        case IQ1_BN -> Math.multiplyExact(rows, blockRowBytes(columns) + 2);
                        case IQ2_BN -> Math.multiplyExact(rows, blockRowBytes(columns) + 4);
                        default -> Math.multiplyExact(rows, blockRowBytes(columns));
                    });
        } catch (ArithmeticException overflow) {
            throw new IllegalArgumentException(columns + " x " + rows + " of " + label + " overflow 63 bits", overflow);
        }
    }

    private long blockRowBytes(long columns) {
        if (columns % blockLength != 0)
            throw new IllegalArgumentException(
                    "rows of " + columns + " elements are not a multiple of " + label + "'s block of " + blockLength);
        return Math.multiplyExact(columns / blockLength, (long) blockBytes);
    }

    private static long wholeTensorBytes(long packed) {
        return Math.addExact(roundUp(packed, SCALE_FIELD_BYTES), SCALE_FIELD_BYTES);
    }

    /**
     * Bytes that bitnet.cpp reserves for TL2's packed part, whatever the tiles: its formula assumes 256 columns in pairs and
     * pads with zeros (convert-hf-to-gguf-bitnet.py, codegen_tl2.py). Computed in 64 bits; bitnet.cpp's loader overflows.
     */
    public static long tl2PackedBytes(long columns, long rows) {
        if (columns < 256) return Math.multiplyExact(columns, rows) / 4;
        long threes = Math.multiplyExact(Math.multiplyExact(columns - 256, rows) / 3, 5) / 8;
        return Math.addExact(threes, Math.multiplyExact(256, rows) / 2 * 4 / 8);
    }

    private static long roundUp(long value, long multiple) {
        return Math.addExact(value, multiple - 1) / multiple * multiple;
    }

    @Override
    public String toString() {
        return label;
    }
}
