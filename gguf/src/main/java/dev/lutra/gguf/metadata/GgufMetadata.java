package dev.lutra.gguf.metadata;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.metadata.MetadataValue.BoolValue;
import dev.lutra.gguf.metadata.MetadataValue.FloatValue;
import dev.lutra.gguf.metadata.MetadataValue.IntegerValue;
import dev.lutra.gguf.metadata.MetadataValue.StringValue;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The key-value section of a GGUF file, in file order, immutable. The typed getters take any stored type that holds the
 * value without loss, and otherwise fail with a {@link MalformedFileException} that names the key.
 */
public final class GgufMetadata {
    private static final Path UNWRITTEN = Path.of("(unwritten GGUF)");

    private final Path file;
    private final Map<String, MetadataValue> values;

    GgufMetadata(Path file, Map<String, MetadataValue> values) {
        this.file = file;
        this.values = Collections.unmodifiableMap(values);
    }

    /** Collects metadata for a file that is to be written. */
    public static MetadataBuilder builder() {
        return new MetadataBuilder(UNWRITTEN, Map.of());
    }

    /** A builder that begins with these entries. */
    public MetadataBuilder toBuilder() {
        return new MetadataBuilder(file, values);
    }

    /** The same metadata with arrays in memory of their own, which outlives the file that it was read from. */
    public GgufMetadata detach() {
        Map<String, MetadataValue> copy = new LinkedHashMap<>();
        values.forEach((key, value) -> copy.put(key, value instanceof ArrayValue array ? array.detach() : value));
        return new GgufMetadata(file, copy);
    }

    /** The file that the metadata came from, for messages. */
    public Path file() {
        return file;
    }

    public int size() {
        return values.size();
    }

    /** All keys in file order. */
    public Set<String> keys() {
        return values.keySet();
    }

    public boolean has(String key) {
        return values.containsKey(key);
    }

    public Optional<MetadataValue> find(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /** The value of {@code key}, which must be there. */
    public MetadataValue value(String key) {
        MetadataValue value = values.get(key);
        if (value == null)
            throw new MalformedFileException(file, "metadata has no key " + key + "; convert the model again");
        return value;
    }

    public String string(String key) {
        return value(key) instanceof StringValue(String text) ? text : wrongType(key, "a string");
    }

    public Optional<String> findString(String key) {
        return optional(key, this::string);
    }

    public boolean bool(String key) {
        return value(key) instanceof BoolValue(boolean flag) ? flag : wrongType(key, "a bool");
    }

    public Optional<Boolean> findBool(String key) {
        return optional(key, this::bool);
    }

    /** An integer of any stored type that fits 64 signed bits. */
    public long integer(String key) {
        if (!(value(key) instanceof IntegerValue number)) return wrongType(key, "an integer");
        if (number.exceedsLong()) throw outOfRange(key, Long.MAX_VALUE);
        return number.bits();
    }

    public Optional<Long> findInteger(String key) {
        return optional(key, this::integer);
    }

    /** An integer that fits an {@code int}, such as a dimension. */
    public int intValue(String key) {
        long number = integer(key);
        if (number != (int) number) throw outOfRange(key, Integer.MAX_VALUE);
        return (int) number;
    }

    public Optional<Integer> findInt(String key) {
        return optional(key, this::intValue);
    }

    /** A floating-point number; integers are taken too, as some writers store {@code 10000} for {@code 10000.0}. */
    public double number(String key) {
        return switch (value(key)) {
            case FloatValue(ValueType type, double number) -> number;
            case IntegerValue integer -> integer(key);
            case BoolValue flag -> wrongType(key, "a number");
            case StringValue text -> wrongType(key, "a number");
            case ArrayValue array -> wrongType(key, "a number");
        };
    }

    public Optional<Double> findNumber(String key) {
        return optional(key, this::number);
    }

    public ArrayValue array(String key) {
        return value(key) instanceof ArrayValue array ? array : wrongType(key, "an array");
    }

    /** All strings of an array, decoded. */
    public List<String> strings(String key) {
        return stringArray(key).strings();
    }

    /** An array of strings, not decoded. */
    public ArrayValue stringArray(String key) {
        ArrayValue array = array(key);
        return array.elementType() == ValueType.STRING ? array : wrongType(key, "an array of strings");
    }

    /** All elements of an array of integers, each of which fits an {@code int}. */
    public int[] ints(String key) {
        ArrayValue array = array(key);
        if (!array.elementType().isInteger()) return wrongType(key, "an array of integers");
        try {
            return array.ints();
        } catch (ArithmeticException e) {
            throw outOfRange(key, Integer.MAX_VALUE);
        }
    }

    public float[] floats(String key) {
        ArrayValue array = array(key);
        boolean right = array.elementType() == ValueType.F32 || array.elementType() == ValueType.F64;
        return right ? array.floats() : wrongType(key, "an array of floating-point numbers");
    }

    private <T> Optional<T> optional(String key, Function<String, T> getter) {
        return has(key) ? Optional.of(getter.apply(key)) : Optional.empty();
    }

    private <T> T wrongType(String key, String wanted) {
        MetadataValue value = value(key);
        String found = value instanceof ArrayValue array ? array.toString() : value.type() + " " + value;
        throw new MalformedFileException(file, "metadata key " + key + " must be " + wanted + ", not " + found);
    }

    private MalformedFileException outOfRange(String key, long limit) {
        return new MalformedFileException(
                file, "metadata key " + key + " holds " + value(key) + ", outside the range up to " + limit);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GgufMetadata that
                && List.copyOf(values.entrySet()).equals(List.copyOf(that.values.entrySet()));
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return values.toString();
    }
}
