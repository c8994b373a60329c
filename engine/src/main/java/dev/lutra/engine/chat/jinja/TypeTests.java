package dev.lutra.engine.chat.jinja;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What may stand after {@code is}. */
final class TypeTests {
    private TypeTests() {}

    static boolean apply(String name, @Nullable Object value, CallArguments arguments) {
        return switch (name) {
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "none" -> value == null;
            case "boolean" -> value instanceof Boolean;
            case "true" -> Boolean.TRUE.equals(value);
            case "false" -> Boolean.FALSE.equals(value);
            case "integer" -> value instanceof Number && !(value instanceof Double);
            case "float" -> value instanceof Double;
            case "number" -> value instanceof Number || value instanceof Boolean;
            case "string" -> value instanceof String;
            case "mapping" -> value instanceof Map;
            case "sequence" -> value instanceof List || value instanceof String || value instanceof Map;
            case "iterable" ->
                value instanceof List || value instanceof String || value instanceof Map || value instanceof Undefined;
            case "callable" -> value instanceof Function;
            case "upper" -> {
                String text = PythonText.of(value);
                yield text.equals(text.toUpperCase(Locale.ROOT)) && !text.equals(text.toLowerCase(Locale.ROOT));
            }
            case "lower" -> {
                String text = PythonText.of(value);
                yield text.equals(text.toLowerCase(Locale.ROOT)) && !text.equals(text.toUpperCase(Locale.ROOT));
            }
            case "even" -> integer(value) % 2 == 0;
            case "odd" -> integer(value) % 2 != 0;
            case "divisibleby" -> {
                long divisor = arguments.integer(0, "num", 0);
                if (divisor == 0) {
                    throw new JinjaException("division by zero");
                }
                yield integer(value) % divisor == 0;
            }
            case "equalto", "eq", "==", "sameas" -> Values.equal(value, operand(arguments));
            case "ne", "!=" -> !Values.equal(value, operand(arguments));
            case "lt", "lessthan", "<" -> Values.compare(value, operand(arguments)) < 0;
            case "le", "<=" -> Values.compare(value, operand(arguments)) <= 0;
            case "gt", "greaterthan", ">" -> Values.compare(value, operand(arguments)) > 0;
            case "ge", ">=" -> Values.compare(value, operand(arguments)) >= 0;
            case "in" -> Values.contains(operand(arguments), value);
            default -> throw new JinjaException("the test '" + name + "' is not supported");
        };
    }

    private static @Nullable Object operand(CallArguments arguments) {
        if (!arguments.has(0, "other")) {
            throw new JinjaException("the test needs something to compare with");
        }
        return arguments.get(0, "other", null);
    }

    private static long integer(@Nullable Object value) {
        if (value instanceof Long number) {
            return number;
        }
        throw new JinjaException("the test needs an integer, not " + Values.type(value));
    }
}
