package dev.lutra.engine.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The binary operators, with Python's results. */
final class Arithmetic {
    private Arithmetic() {}

    static Object apply(String operator, @Nullable Object left, @Nullable Object right) {
        if (operator.equals("~")) {
            return concatenate(PythonText.of(left), PythonText.of(right));
        }
        if (left instanceof Long a && right instanceof Long b) {
            return integers(operator, a, b);
        }
        if (left instanceof Number a && right instanceof Number b) {
            return floats(operator, a.doubleValue(), b.doubleValue());
        }
        if (operator.equals("+") && left instanceof String a && right instanceof String b) {
            return concatenate(a, b);
        }
        if (operator.equals("+") && left instanceof List<?> a && right instanceof List<?> b) {
            Budget.checkSize((long) a.size() + b.size());
            List<@Nullable Object> sum = new ArrayList<>(a);
            sum.addAll(b);
            return sum;
        }
        if (operator.equals("*") && left instanceof String text && right instanceof Long times) {
            Budget.checkLength(text.length() * Math.clamp(times, 0L, (long) Integer.MAX_VALUE));
            return text.repeat((int) Math.max(0, times));
        }
        throw new JinjaException("'" + operator + "' is not for " + Values.type(left) + " and " + Values.type(right));
    }

    private static String concatenate(String left, String right) {
        Budget.checkLength((long) left.length() + right.length());
        return left + right;
    }

    private static Object integers(String operator, long a, long b) {
        if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new JinjaException("division by zero");
        }
        try {
            return switch (operator) {
                case "+" -> Math.addExact(a, b);
                case "-" -> Math.subtractExact(a, b);
                case "*" -> Math.multiplyExact(a, b);
                case "//" -> Math.floorDiv(a, b);
                case "%" -> Math.floorMod(a, b);
                case "/" -> (double) a / b;
                default -> power(a, b);
            };
        } catch (ArithmeticException e) {
            throw new JinjaException(a + " " + operator + " " + b + " is too large a number");
        }
    }

    private static Object power(long base, long exponent) {
        if (exponent < 0) {
            return Math.pow(base, exponent);
        }
        if (Math.abs(base) <= 1) {
            return exponent == 0 ? 1L : base == -1 && exponent % 2 == 0 ? 1L : base;
        }
        long result = 1;
        for (long i = 0; i < exponent; i++) {
            result = Math.multiplyExact(result, base); // overflows after 63 steps at the latest
        }
        return result;
    }

    private static Object floats(String operator, double a, double b) {
        if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new JinjaException("division by zero");
        }
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor(a / b);
            case "%" -> a - b * Math.floor(a / b);
            default -> Math.pow(a, b);
        };
    }
}
