package dev.lutra.quant.mix;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * A type that could not be used because its block does not divide the tensor's rows.
 *
 * @param tensor name of the tensor
 * @param columns elements of its rows
 * @param wanted the type that the rules or the user chose
 * @param used the type taken instead
 */
public record Fallback(String tensor, long columns, TensorType wanted, GgmlType used) {
    /** One line for the user. */
    public String describe() {
        return tensor + ": rows of " + columns + " are not a multiple of " + wanted.label() + "'s block of "
                + wanted.blockLength() + ", using " + used.label();
    }

    /** {@code wanted}, or what llama.cpp takes in its place for rows of {@code columns}. */
    static TensorType compatible(String tensor, long columns, TensorType wanted) {
        if (columns % wanted.blockLength() == 0) return wanted;
        GgmlType next = wanted instanceof GgmlType type ? smallerBlocks(type) : null;
        if (next == null)
            throw new IllegalArgumentException(tensor + ": rows of " + columns + " are not a multiple of "
                    + wanted.label() + "'s block of " + wanted.blockLength()
                    + ", and no other type stands in for it; choose another type for this tensor");
        return columns % next.blockLength() == 0 ? next : GgmlType.F16;
    }

    private static @Nullable GgmlType smallerBlocks(GgmlType type) {
        return switch (type) {
            case IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, IQ4_XS -> GgmlType.IQ4_NL;
            case Q2_0, Q2_K, Q3_K, TQ1_0, TQ2_0 -> GgmlType.Q4_0;
            case Q4_K -> GgmlType.Q5_0;
            case Q5_K -> GgmlType.Q5_1;
            case Q6_K -> GgmlType.Q8_0;
            case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, IQ4_NL, MXFP4 -> GgmlType.F16;
            default -> null;
        };
    }
}
