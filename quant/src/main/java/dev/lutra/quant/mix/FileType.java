package dev.lutra.quant.mix;

import dev.lutra.gguf.type.GgmlType;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The mixtures that llama.cpp names a whole file by, with the number it stores as {@code general.file_type} (llama.h). Those
 * whose base type needs code books that nobody here encodes (IQ1, IQ2, IQ3) are left out.
 */
public enum FileType {
    F32(0, GgmlType.F32),
    F16(1, GgmlType.F16),
    BF16(32, GgmlType.BF16),
    Q8_0(7, GgmlType.Q8_0),
    Q6_K(18, GgmlType.Q6_K),
    Q5_0(8, GgmlType.Q5_0),
    Q5_1(9, GgmlType.Q5_1),
    Q5_K_S(16, GgmlType.Q5_K),
    Q5_K_M(17, GgmlType.Q5_K),
    Q4_0(2, GgmlType.Q4_0),
    Q4_1(3, GgmlType.Q4_1),
    Q4_K_S(14, GgmlType.Q4_K),
    Q4_K_M(15, GgmlType.Q4_K),
    IQ4_NL(25, GgmlType.IQ4_NL),
    IQ4_XS(30, GgmlType.IQ4_XS),
    /** MXFP4 for stacked experts, Q8_0 for all else. */
    MXFP4_MOE(38, GgmlType.MXFP4),
    Q3_K_S(11, GgmlType.Q3_K),
    Q3_K_M(12, GgmlType.Q3_K),
    Q3_K_L(13, GgmlType.Q3_K),
    Q2_K(10, GgmlType.Q2_K),
    Q2_0(41, GgmlType.Q2_0),
    TQ1_0(36, GgmlType.TQ1_0),
    TQ2_0(37, GgmlType.TQ2_0),
    Q1_0(40, GgmlType.Q1_0);

    private static final Map<String, FileType> ALIASES = Map.of("q3_k", Q3_K_M, "q4_k", Q4_K_M, "q5_k", Q5_K_M);

    private final int number;
    private final GgmlType base;

    FileType(int number, GgmlType base) {
        this.number = number;
        this.base = base;
    }

    /** The value of {@code general.file_type}. */
    public int number() {
        return number;
    }

    /** The type of the tensors that no rule treats otherwise. */
    public GgmlType base() {
        return base;
    }

    /** Whether the base type has blocks; files of plain floats know neither exceptions nor fallbacks. */
    public boolean isQuantized() {
        return base.blockLength() > 1;
    }

    /** The name that users write: {@code q4_k_m}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The mixture called {@code name} in any letter case; {@code q4_k} is {@code q4_k_m}, as in llama.cpp. */
    public static Optional<FileType> byName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (ALIASES.containsKey(lower)) return Optional.of(ALIASES.get(lower));
        for (FileType type : values()) if (type.label().equals(lower)) return Optional.of(type);
        return Optional.empty();
    }
}
