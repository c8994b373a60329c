package dev.lutra.gguf.file;

import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.metadata.MetadataValue.StringValue;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.gguf.type.TensorTypes;
import dev.lutra.gguf.type.TypeDialect;
import dev.lutra.gguf.type.UnknownType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Decides what a type id means where forks of ggml disagree. A size that fits the distance to the next tensor is the best
 * witness, as TL2 takes 1.7 bits per weight and MXFP4, of the same id, 4.25; what the file says about itself comes second.
 */
final class TypeResolver {
    private static final Set<String> BITNET_ARCHITECTURES = Set.of("bitnet", "bitnet-25", "bitnet-b1.58");

    private final TypeDialect dialect;
    private final TypeEvidence evidence;

    private TypeResolver(TypeDialect dialect, TypeEvidence evidence) {
        this.dialect = dialect;
        this.evidence = evidence;
    }

    record Resolution(TensorType type, TypeEvidence evidence) {}

    /** What {@code metadata}, that of the whole model, says about its type ids. */
    static TypeResolver of(GgufMetadata metadata) {
        if (metadata.find(GgufFormat.DIALECT_KEY).orElse(null) instanceof StringValue(String name))
            for (TypeDialect dialect : TypeDialect.values())
                if (dialect.name().equalsIgnoreCase(name)) return new TypeResolver(dialect, TypeEvidence.OWN_KEY);
        if (metadata.find(GgufFormat.ARCHITECTURE_KEY).orElse(null) instanceof StringValue(String name)
                && BITNET_ARCHITECTURES.contains(name.toLowerCase(Locale.ROOT)))
            return new TypeResolver(TypeDialect.BITNET, TypeEvidence.ARCHITECTURE);
        for (String key : metadata.keys())
            if (key.startsWith(GgufFormat.OWN_KEY_PREFIX))
                return new TypeResolver(TypeDialect.BITNET, TypeEvidence.OWN_KEY);
        return new TypeResolver(TypeDialect.GGML, TypeEvidence.UPSTREAM);
    }

    /** Whose numbering the file follows where nothing better is known. */
    TypeDialect dialect() {
        return dialect;
    }

    /**
     * @param room bytes from the tensor's offset to that of the next tensor, or to the end of the file
     * @param last whether it is the end of the file, which need not be padded
     */
    Resolution resolve(TensorEntry entry, long room, boolean last, int alignment) {
        List<TensorType> candidates = candidates(entry.typeId());
        if (isPrismQ2(entry, room, last, alignment))
            return new Resolution(new UnknownType(entry.typeId()), TypeEvidence.SIZE);
        if (candidates.size() == 1) return new Resolution(candidates.getFirst(), TypeEvidence.ID);
        List<TensorType> fitting = new ArrayList<>();
        for (TensorType type : candidates) if (fits(type, entry, room, last, alignment)) fitting.add(type);
        if (fitting.size() == 1) return new Resolution(fitting.getFirst(), TypeEvidence.SIZE);
        TensorType declared = TensorTypes.byId(entry.typeId(), dialect);
        boolean upstream = declared.equals(TensorTypes.byId(entry.typeId(), TypeDialect.GGML));
        return new Resolution(declared, upstream ? TypeEvidence.UPSTREAM : evidence);
    }

    /** The distinct meanings of {@code id}; more than one only where known projects clash. */
    static List<TensorType> candidates(int id) {
        List<TensorType> candidates = new ArrayList<>();
        for (TypeDialect dialect : TypeDialect.values()) {
            TensorType type = TensorTypes.byId(id, dialect);
            if (!(type instanceof UnknownType) && !candidates.contains(type)) candidates.add(type);
        }
        // 36 and 38 were block types of llama.cpp until it dropped them: files with those meanings exist.
        if (candidates.isEmpty() || id == 36 || id == 38) candidates.add(new UnknownType(id));
        return candidates;
    }

    private static boolean fits(TensorType type, TensorEntry entry, long room, boolean last, int alignment) {
        OptionalLong size = sizeOf(type, entry);
        return size.isPresent() && fits(size.getAsLong(), room, last, alignment);
    }

    private static boolean fits(long bytes, long room, boolean last, int alignment) {
        if (bytes > room) return false;
        return last ? room - bytes < alignment : GgufFormat.align(bytes, alignment) == room;
    }

    /** Prism's files gave 42 to blocks of 128 weights in 34 bytes before llama.cpp gave it to its own Q2_0. */
    private static boolean isPrismQ2(TensorEntry entry, long room, boolean last, int alignment) {
        if (entry.typeId() != GgmlType.Q2_0.id() || entry.columns() % 128 != 0) return false;
        long blocks = entry.columns() / 128 * entry.rows();
        return blocks <= room / 34
                && fits(blocks * 34, room, last, alignment)
                && !fits(GgmlType.Q2_0, entry, room, last, alignment);
    }

    /** The tensor's size under {@code type}; empty when that is unknown or impossible. */
    static OptionalLong sizeOf(TensorType type, TensorEntry entry) {
        try {
            return type.byteSize(entry.columns(), entry.rows());
        } catch (IllegalArgumentException impossible) {
            return OptionalLong.empty();
        }
    }
}
