package dev.lutra.gguf.file;

import dev.lutra.gguf.bytes.ByteCursor;
import dev.lutra.gguf.bytes.MappedFile;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.metadata.MetadataReader;
import dev.lutra.gguf.metadata.MetadataValue.IntegerValue;
import dev.lutra.gguf.metadata.ValueType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Everything in front of the data of one file: version, metadata and the tensor table. */
record GgufHeader(int version, GgufMetadata metadata, int alignment, long dataStart, List<TensorEntry> entries) {
    /** Name length, no dimension, type, offset. */
    private static final int SMALLEST_ENTRY = 8 + 4 + 4 + 8;

    /** Key length, one character, type, one byte. */
    private static final int SMALLEST_PAIR = 8 + 1 + 4 + 1;

    /** The largest models have a few thousand; the limit keeps a hostile file from filling the heap with entries. */
    private static final int MOST_TENSORS = 1_000_000;

    /** Nothing needs more than a page or a few; the limit keeps offsets far from overflow. */
    private static final int LARGEST_ALIGNMENT = 1 << 30;

    static GgufHeader read(MappedFile file) {
        ByteCursor cursor = new ByteCursor(file.path(), file.segment());
        int version = readVersion(cursor);
        long tensorCount = cursor.readCount("the number of tensors", SMALLEST_ENTRY, MOST_TENSORS);
        long pairCount = cursor.readCount("the number of metadata keys", SMALLEST_PAIR, MetadataReader.mostEntries());
        GgufMetadata metadata = MetadataReader.read(file.path(), cursor, pairCount);
        int alignment = alignment(metadata, cursor);
        List<TensorEntry> entries = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (long i = 0; i < tensorCount; i++) {
            TensorEntry entry = readEntry(cursor, (i + 1) + " of " + tensorCount, alignment);
            if (!names.add(entry.name()))
                throw cursor.fault(cursor.position() - entry.at(), "tensor " + entry.name() + " appears twice");
            entries.add(entry);
        }
        return place(version, metadata, alignment, cursor, entries);
    }

    private static int readVersion(ByteCursor cursor) {
        int magic = cursor.readInt("the magic number");
        if (magic != GgufFormat.MAGIC)
            throw cursor.fault(
                    4,
                    String.format(
                            "is not a GGUF file: it begins with %08x, not \"GGUF\"", Integer.reverseBytes(magic)));
        int version = cursor.readInt("the version");
        if ((version & 0xFFFF) == 0)
            throw cursor.fault(
                    4,
                    "is a big-endian GGUF file, which is not supported; convert the model again without"
                            + " --bigendian");
        if (version == 1)
            throw cursor.fault(
                    4, "is a GGUF file of version 1, which llama.cpp dropped in 2023; convert the model" + " again");
        if (version != 2 && version != GgufFormat.VERSION)
            throw cursor.fault(
                    4,
                    "is a GGUF file of version " + Integer.toUnsignedString(version)
                            + "; versions 2 and 3 can be read");
        return version;
    }

    private static int alignment(GgufMetadata metadata, ByteCursor cursor) {
        if (!metadata.has(GgufFormat.ALIGNMENT_KEY)) return GgufFormat.DEFAULT_ALIGNMENT;
        boolean sound = metadata.value(GgufFormat.ALIGNMENT_KEY) instanceof IntegerValue(ValueType type, long value)
                && type == ValueType.U32
                && isAlignment(value);
        if (!sound)
            throw cursor.fault(
                    cursor.position(),
                    "metadata key " + GgufFormat.ALIGNMENT_KEY + " must be a u32 that is"
                            + " a power of two or a multiple of 8, not " + metadata.value(GgufFormat.ALIGNMENT_KEY));
        return metadata.intValue(GgufFormat.ALIGNMENT_KEY);
    }

    /** llama.cpp asks for a power of two, the specification for a multiple of 8: either is taken. */
    private static boolean isAlignment(long value) {
        return value > 0 && value <= LARGEST_ALIGNMENT && (value % 8 == 0 || Long.bitCount(value) == 1);
    }

    /** Reads one record; its offset is still relative to the data section. */
    private static TensorEntry readEntry(ByteCursor cursor, String which, int alignment) {
        long at = cursor.position();
        String name = cursor.readName("the name of tensor " + which, GgufFormat.LONGEST_NAME);
        if (name.isEmpty()) throw cursor.fault(8, "the name of tensor " + which + " is empty");
        String what = "tensor " + name + ": ";
        int rank = cursor.readInt(what + "number of dimensions");
        if (rank < 0 || rank > GgufFormat.MAX_DIMENSIONS)
            throw cursor.fault(
                    4,
                    what + "has " + Integer.toUnsignedString(rank) + " dimensions, at most " + GgufFormat.MAX_DIMENSIONS
                            + " are allowed");
        List<Long> dimensions = new ArrayList<>();
        long elements = 1;
        for (int i = 0; i < rank; i++) {
            long dimension = cursor.readLong(what + "dimension " + i);
            if (dimension <= 0 || dimension > Long.MAX_VALUE / elements)
                throw cursor.fault(
                        8,
                        what + "dimension " + i + " is " + Long.toUnsignedString(dimension)
                                + (dimension == 0 ? "" : ", so that the element count overflows"));
            elements *= dimension;
            dimensions.add(dimension);
        }
        int typeId = cursor.readInt(what + "type");
        long offset = cursor.readLong(what + "offset");
        if (offset < 0 || offset % alignment != 0)
            throw cursor.fault(
                    8,
                    what + "offset " + Long.toUnsignedString(offset) + " is no multiple of the alignment " + alignment);
        return new TensorEntry(name, dimensions, typeId, at, offset);
    }

    /** Turns relative offsets into offsets from the start of the file, now that the header's end is known. */
    private static GgufHeader place(
            int version, GgufMetadata metadata, int alignment, ByteCursor cursor, List<TensorEntry> entries) {
        long end = cursor.position(), size = end + cursor.remaining();
        long dataStart = GgufFormat.align(end, alignment);
        List<TensorEntry> placed = new ArrayList<>(entries.size());
        for (TensorEntry entry : entries) {
            if (entry.offset() > size - dataStart)
                throw cursor.fault(
                        end - entry.at(),
                        "tensor " + entry.name() + " begins " + entry.offset()
                                + " bytes into the data, but the file ends before; it is cut off: copy or download it again");
            placed.add(new TensorEntry(
                    entry.name(), entry.dimensions(), entry.typeId(), entry.at(), dataStart + entry.offset()));
        }
        return new GgufHeader(version, metadata, alignment, dataStart, placed);
    }
}
