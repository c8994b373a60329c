package dev.lutra.gguf.safetensors;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.bytes.ByteCursor;
import dev.lutra.gguf.bytes.MappedFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Parses the JSON header of a safetensors file: uint64 length, then an object from names to dtype, shape and data offsets.
 * The data must be covered without holes or overlaps, as the reference implementation demands.
 */
final class SafetensorsHeader {
    /** The reference implementation's own limit. */
    private static final long LONGEST_HEADER = 100_000_000;

    private static final int MOST_DIMENSIONS = 32;
    private static final String METADATA = "__metadata__";
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final MappedFile file;
    private final long dataStart;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<SafetensorsTensor> tensors = new ArrayList<>();

    private SafetensorsHeader(MappedFile file, long dataStart) {
        this.file = file;
        this.dataStart = dataStart;
    }

    static SafetensorsHeader read(MappedFile file) {
        ByteCursor cursor = new ByteCursor(file.path(), file.segment());
        long length = cursor.readLong("the header's length");
        if (length < 2 || length > LONGEST_HEADER)
            throw cursor.fault(
                    8,
                    "the header claims " + Long.toUnsignedString(length)
                            + " bytes; this is no safetensors file, or a damaged one");
        byte[] json = cursor.readBytes(length, "the header").toArray(JAVA_BYTE);
        SafetensorsHeader header = new SafetensorsHeader(file, cursor.position());
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            header.parse(parser);
        } catch (JacksonException e) {
            throw new MalformedFileException(
                    file.path(), 8, "the header is no sound JSON: " + e.getOriginalMessage(), e);
        }
        header.checkCoverage();
        return header;
    }

    Map<String, String> metadata() {
        return metadata;
    }

    List<SafetensorsTensor> tensors() {
        return tensors;
    }

    private void parse(JsonParser parser) {
        expect(parser.nextToken(), JsonToken.START_OBJECT, "the header");
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            if (name.equals(METADATA)) parseMetadata(parser);
            else tensors.add(parseTensor(parser, name));
        }
        if (parser.nextToken() != null) throw fault("the header goes on after its JSON object");
    }

    private void parseMetadata(JsonParser parser) {
        expect(parser.currentToken(), JsonToken.START_OBJECT, METADATA);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            expect(parser.nextToken(), JsonToken.VALUE_STRING, METADATA + "." + key);
            metadata.put(key, parser.getString());
        }
    }

    private SafetensorsTensor parseTensor(JsonParser parser, String name) {
        String what = "tensor " + name;
        expect(parser.currentToken(), JsonToken.START_OBJECT, what);
        Dtype dtype = null;
        List<Long> shape = null, offsets = null;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (field) {
                case "dtype" -> {
                    expect(value, JsonToken.VALUE_STRING, what + ": dtype");
                    dtype = dtype(parser.getString(), what);
                }
                case "shape" -> shape = parseNumbers(parser, what + ": shape", MOST_DIMENSIONS);
                case "data_offsets" -> offsets = parseNumbers(parser, what + ": data_offsets", 2);
                default -> parser.skipChildren();
            }
        }
        return locate(name, dtype, shape, offsets);
    }

    private Dtype dtype(String name, String what) {
        return Dtype.byName(name)
                .orElseThrow(() -> fault(what + " has the unknown dtype " + name + "; convert it to BF16 first"));
    }

    private List<Long> parseNumbers(JsonParser parser, String what, int most) {
        expect(parser.currentToken(), JsonToken.START_ARRAY, what);
        List<Long> numbers = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, what);
            // a number above 2^63 fails in here, as input out of range
            long number = parser.getLongValue();
            if (number < 0) throw fault(what + " holds the negative number " + number);
            if (numbers.size() == most) throw fault(what + " has more than " + most + " numbers");
            numbers.add(number);
        }
        return numbers;
    }

    private SafetensorsTensor locate(
            String name, @Nullable Dtype dtype, @Nullable List<Long> shape, @Nullable List<Long> offsets) {
        String what = "tensor " + name;
        if (dtype == null || shape == null || offsets == null || offsets.size() != 2)
            throw fault(what + " lacks its dtype, shape or two data_offsets");
        long begin = offsets.getFirst(), end = offsets.getLast(), room = file.size() - dataStart;
        if (begin > end || end > room)
            throw fault(what + " claims bytes " + begin + " to " + end + " of " + room
                    + " bytes of data; the file is cut off or damaged: download it again");
        if (byteSize(dtype, shape, what) != end - begin)
            throw fault(what + " of shape " + shape + " and dtype " + dtype + " does not take the " + (end - begin)
                    + " bytes that it claims");
        return new SafetensorsTensor(
                name,
                dtype,
                shape,
                file.path(),
                dataStart + begin,
                file.segment().asSlice(dataStart + begin, end - begin));
    }

    private long byteSize(Dtype dtype, List<Long> shape, String what) {
        try {
            long elements = 1;
            for (long dimension : shape) elements = Math.multiplyExact(elements, dimension);
            return dtype.byteSize(elements);
        } catch (ArithmeticException e) {
            throw new MalformedFileException(
                    file.path(), 8, what + " has the impossible shape " + shape + ": " + e.getMessage(), e);
        }
    }

    private void checkCoverage() {
        List<SafetensorsTensor> byOffset = new ArrayList<>(tensors);
        byOffset.sort(Comparator.comparingLong(SafetensorsTensor::offset).thenComparing(SafetensorsTensor::byteSize));
        long covered = dataStart;
        for (SafetensorsTensor tensor : byOffset) {
            if (tensor.offset() != covered)
                throw new MalformedFileException(
                        file.path(),
                        tensor.offset(),
                        "tensor " + tensor.name()
                                + (tensor.offset() < covered ? " overlaps the one before it" : " follows a hole")
                                + "; the file is damaged: download it again");
            covered += tensor.byteSize();
        }
        if (covered != file.size())
            throw new MalformedFileException(
                    file.path(),
                    covered,
                    (file.size() - covered) + " bytes after the last tensor belong to none; the file is damaged");
    }

    private void expect(@Nullable JsonToken found, JsonToken wanted, String what) {
        if (found != wanted) throw fault(what + " is " + found + " where " + wanted + " must be");
    }

    private MalformedFileException fault(String reason) {
        return new MalformedFileException(file.path(), 8, reason);
    }
}
