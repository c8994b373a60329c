package dev.lutra.quant.codec;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.block.BlockCodecs;
import dev.lutra.quant.ternary.row.TernaryRowCodecs;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Every {@link RowCodec} there is, by type. */
public final class RowCodecs {
    private static final Map<GgmlType, RowCodec> BY_TYPE = new EnumMap<>(GgmlType.class);

    static {
        for (RowCodec codec : BlockCodecs.all()) BY_TYPE.put(codec.type(), codec);
        for (RowCodec codec : TernaryRowCodecs.all()) BY_TYPE.put(codec.type(), codec);
    }

    private RowCodecs() {}

    /** The codec of {@code type}; empty for types whose rows are not encoded one by one, or that nobody here encodes. */
    public static Optional<RowCodec> find(TensorType type) {
        return type instanceof GgmlType ggml ? Optional.ofNullable(BY_TYPE.get(ggml)) : Optional.empty();
    }

    /**
     * The codec of {@code type}.
     *
     * @throws IllegalArgumentException when there is none; the message lists those there are
     */
    public static RowCodec of(TensorType type) {
        return find(type)
                .orElseThrow(() -> new IllegalArgumentException(type.label()
                        + " is not a format whose rows can be encoded or decoded one by one; these are: "
                        + BY_TYPE.keySet().stream().map(GgmlType::label).collect(Collectors.joining(", "))));
    }

    /** The types that {@link #of} accepts, in ggml's order. */
    public static Set<GgmlType> types() {
        return Collections.unmodifiableSet(BY_TYPE.keySet());
    }
}
