package dev.lutra.tools.convert;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.gguf.type.TensorTypes;
import dev.lutra.quant.mix.FileType;
import java.util.Locale;
import java.util.Optional;

/** What {@code --quant} names. */
public sealed interface TargetFormat {
    /** One of llama.cpp's mixtures, which choose a type for every tensor. */
    record Mixture(FileType fileType) implements TargetFormat {
        @Override
        public String label() {
            return fileType.label();
        }

        @Override
        public int fileTypeNumber() {
            return fileType.number();
        }
    }

    /** One ternary type for all projections; embedding and output stay floats unless the user says otherwise. */
    record Ternary(TensorType type) implements TargetFormat {
        @Override
        public String label() {
            return type.label();
        }

        /** bitnet.cpp's numbers; those of digit types are their type ids, which nobody else uses. */
        @Override
        public int fileTypeNumber() {
            if (type == GgmlType.TL1) return 38;
            if (type == GgmlType.TL2) return 39;
            return type == GgmlType.I2_S ? 40 : type.id();
        }
    }

    /** The name that users write. */
    String label();

    /** The value of {@code general.file_type}, which is advisory. */
    int fileTypeNumber();

    /** The format called {@code name}, in any letter case. */
    static TargetFormat byName(String name) {
        Optional<TensorType> type = TensorTypes.byName(name);
        if (type.isPresent() && isTernary(type.get())) return new Ternary(type.get());
        return FileType.byName(name)
                .<TargetFormat>map(Mixture::new)
                .orElseThrow(
                        () -> new IllegalArgumentException("no format is called '" + name + "'; known are " + names()));
    }

    private static boolean isTernary(TensorType type) {
        return type instanceof DigitType || type instanceof GgmlType ggml && ggml.isWholeTensorTernary();
    }

    /** All names, for messages and help. */
    static String names() {
        StringBuilder names = new StringBuilder("tl2, tl1, i2_s, tl2x1, tl2x2, tl2x3");
        for (FileType type : FileType.values())
            names.append(", ").append(type.name().toLowerCase(Locale.ROOT));
        return names.toString();
    }
}
