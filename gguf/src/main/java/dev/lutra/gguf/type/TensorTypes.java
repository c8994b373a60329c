package dev.lutra.gguf.type;

import java.util.Optional;

/** Finds a {@link TensorType} by what a file or a user calls it. */
public final class TensorTypes {
    private TensorTypes() {}

    /** The type that {@code id} means in a file of {@code dialect}; never fails. */
    public static TensorType byId(int id, TypeDialect dialect) {
        if (DigitType.isDigitId(id)) return DigitType.ofId(id);
        if (RuntimeType.isRuntimeId(id)) return RuntimeType.ofId(id);
        return GgmlType.byId(id, dialect).<TensorType>map(type -> type).orElse(new UnknownType(id));
    }

    /** The type that a user calls {@code name}: any of ggml's names, or one of {@link DigitType#byName}. */
    public static Optional<TensorType> byName(String name) {
        return DigitType.byName(name).<TensorType>map(type -> type).or(() -> GgmlType.byName(name));
    }
}
