package dev.lutra.gguf.file;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.bytes.MappedFile;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.gguf.type.UnknownType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Gives the entries of one file their types and data, refusing tensors that overlap or pass the file's end. */
final class TensorPlacer {
    private TensorPlacer() {}

    /** The tensors of {@code header} in the order of its table. */
    static List<GgufTensor> place(MappedFile file, GgufHeader header, TypeResolver resolver) {
        List<TensorEntry> byOffset = new ArrayList<>(header.entries());
        byOffset.sort(Comparator.comparingLong(TensorEntry::offset));
        Map<String, GgufTensor> placed = new HashMap<>();
        for (int i = 0; i < byOffset.size(); i++) {
            TensorEntry entry = byOffset.get(i);
            boolean last = i + 1 == byOffset.size();
            long end = last ? file.size() : byOffset.get(i + 1).offset();
            long room = end - entry.offset();
            var resolution = resolver.resolve(entry, room, last, header.alignment());
            long size = size(file, entry, resolution.type(), room);
            if (size > room)
                throw new MalformedFileException(
                        file.path(),
                        entry.at(),
                        "tensor " + entry.name() + " (" + resolution.type().label() + ", " + size + " bytes) "
                                + (last
                                        ? "ends after the file does: " + room
                                                + " bytes are left; it is cut off: copy or" + " download it again"
                                        : "overlaps tensor "
                                                + byOffset.get(i + 1).name()
                                                + ", which begins " + room + " bytes later"));
            placed.put(
                    entry.name(),
                    new GgufTensor(
                            entry.name(),
                            entry.dimensions(),
                            resolution.type(),
                            resolution.evidence(),
                            file.path(),
                            entry.offset(),
                            file.segment().asSlice(entry.offset(), size)));
        }
        return header.entries().stream().map(entry -> placed.get(entry.name())).toList();
    }

    private static long size(MappedFile file, TensorEntry entry, TensorType type, long room) {
        // an unknown type needs at least a byte, so that it is cut off or overlaps where there is none
        if (type instanceof UnknownType) return Math.max(room, 1);
        try {
            return type.byteSize(entry.columns(), entry.rows()).orElse(room);
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(
                    file.path(),
                    entry.at(),
                    "tensor " + entry.name() + " of shape " + entry.dimensions() + " cannot have type " + type.label()
                            + ": " + e.getMessage(),
                    e);
        }
    }
}
