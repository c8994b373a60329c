package dev.lutra.tools.inspect;

import dev.lutra.gguf.metadata.ArrayValue;
import dev.lutra.gguf.metadata.MetadataValue;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** GGUF metadata as values that JSON can hold. */
public final class MetadataJson {
    private static final int SHOWN = 4;

    private MetadataJson() {}

    /** The whole value: arrays as lists of all their elements. */
    public static Object whole(MetadataValue value) {
        return value instanceof ArrayValue array ? elements(array, array.size()) : scalar(value);
    }

    /** The value; of an array only its type, its size and its first elements, as vocabularies are long. */
    public static Object summary(MetadataValue value) {
        if (!(value instanceof ArrayValue array)) return scalar(value);
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("array_of", array.elementType().toString());
        summary.put("size", array.size());
        summary.put("first", elements(array, Math.min(array.size(), SHOWN)));
        return summary;
    }

    private static List<Object> elements(ArrayValue array, long count) {
        List<Object> elements = new ArrayList<>();
        for (long i = 0; i < count; i++) elements.add(whole(array.element(i)));
        return elements;
    }

    private static Object scalar(MetadataValue value) {
        return switch (value) {
            case MetadataValue.IntegerValue number when number.exceedsLong() -> new BigInteger(number.toString());
            case MetadataValue.IntegerValue number -> number.bits();
            // A float's own decimal digits, not those of the double nearest to it.
            case MetadataValue.FloatValue number -> Double.parseDouble(number.toString());
            case MetadataValue.BoolValue flag -> flag.value();
            case MetadataValue.StringValue text -> text.value();
            case ArrayValue array -> throw new IllegalArgumentException("an array is no scalar: " + array);
        };
    }
}
