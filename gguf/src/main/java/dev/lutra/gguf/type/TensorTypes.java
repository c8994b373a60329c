package dev.lutra.gguf.type;

import java.util.Locale;
import java.util.Optional;

/** Finds a {@link TensorType} by what a file or a user calls it. */
public final class TensorTypes {
    private TensorTypes() {}

    /** The type that {@code id} means in a file of {@code dialect}; never fails. */
    public static TensorType byId(int id, TypeDialect dialect) {
        if (DigitType.isDigitId(id)) return DigitType.ofId(id);
        return GgmlType.byId(id, dialect).<TensorType>map(type -> type).orElse(new UnknownType(id));
    }

    /** The type that a user calls {@code name}: any of ggml's names, {@code tl2x2} or {@code tl2x3}. */
    public static Optional<TensorType> byName(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "tl2x2" -> Optional.of(new DigitType(2, DigitType.DEFAULT_GROUP));
            case "tl2x3" -> Optional.of(new DigitType(3, DigitType.DEFAULT_GROUP));
            default -> GgmlType.byName(name).map(type -> type);
        };
    }
}
