package dev.lutra.tools.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A list of whole numbers as llama-bench takes it: {@code 1,2,8}, ranges {@code 1-4}, {@code 0-64+16} (steps) and
 * {@code 1-64*2} (factors), in any mix.
 */
public record IntList(List<Integer> values) {
    private static final int MOST_VALUES = 1000;

    public IntList {
        values = List.copyOf(values);
    }

    /** For picocli. */
    public static final class Converter implements ITypeConverter<IntList> {
        @Override
        public IntList convert(String text) {
            List<Integer> values = new ArrayList<>();
            for (String part : text.split(",", -1)) addRange(part.trim(), text, values);
            return new IntList(values);
        }

        private static void addRange(String part, String whole, List<Integer> values) {
            int dash = part.indexOf('-');
            if (dash <= 0) {
                values.add(number(part, whole));
                return;
            }
            int from = number(part.substring(0, dash), whole);
            String rest = part.substring(dash + 1);
            int operator = Math.max(rest.indexOf('+'), rest.indexOf('*'));
            int to = number(operator < 0 ? rest : rest.substring(0, operator), whole);
            int step = operator < 0 ? 1 : number(rest.substring(operator + 1), whole);
            boolean times = operator >= 0 && rest.charAt(operator) == '*';
            if (step < 1 || (times && (step < 2 || from < 1)))
                throw new TypeConversionException("the range '" + part + "' never ends");
            for (long value = from; value <= to; value = times ? value * step : value + step) {
                if (values.size() == MOST_VALUES)
                    throw new TypeConversionException("'" + whole + "' names more than " + MOST_VALUES + " values");
                values.add((int) value);
            }
        }

        private static int number(String text, String whole) {
            try {
                int value = Integer.parseInt(text.trim());
                if (value >= 0) return value;
            } catch (NumberFormatException e) {
                // falls through to the message that shows the whole list
            }
            throw new TypeConversionException(
                    "'" + text + "' in '" + whole + "' is no whole number; lists look like 1,2,8 or 0-64+16");
        }
    }
}
