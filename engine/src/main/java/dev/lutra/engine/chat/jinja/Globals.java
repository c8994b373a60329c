package dev.lutra.engine.chat.jinja;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The functions that every template has. */
final class Globals {
    /** The sandbox's bound on ranges. */
    private static final long MAX_RANGE = 100_000;

    private static final Map<Character, String> DATE_PATTERNS = Map.ofEntries(
            Map.entry('d', "dd"),
            Map.entry('m', "MM"),
            Map.entry('b', "MMM"),
            Map.entry('B', "MMMM"),
            Map.entry('y', "uu"),
            Map.entry('Y', "uuuu"),
            Map.entry('H', "HH"),
            Map.entry('I', "hh"),
            Map.entry('p', "a"),
            Map.entry('M', "mm"),
            Map.entry('S', "ss"),
            Map.entry('a', "EEE"),
            Map.entry('A', "EEEE"),
            Map.entry('j', "DDD"));

    private Globals() {}

    static void define(Scope scope, Supplier<LocalDateTime> clock) {
        scope.set("namespace", (Function) arguments -> new Namespace(arguments.named()));
        scope.set("dict", (Function) arguments -> new LinkedHashMap<>(arguments.named()));
        scope.set("range", (Function) Globals::range);
        scope.set("raise_exception", (Function) arguments -> {
            throw new JinjaException("the template refuses: " + PythonText.of(arguments.get(0, "message", "")));
        });
        scope.set("strftime_now", (Function) arguments -> date(arguments.string(0, "format"), clock.get()));
    }

    private static List<@Nullable Object> range(CallArguments arguments) {
        boolean one = arguments.positional().size() < 2;
        long from = one ? 0 : arguments.integer(0, "start", 0);
        long to = arguments.integer(one ? 0 : 1, "stop", 0);
        long step = arguments.integer(2, "step", 1);
        if (step == 0) {
            throw new JinjaException("a range's step must not be 0");
        }
        List<@Nullable Object> numbers = new ArrayList<>();
        for (long i = from; step > 0 ? i < to : i > to; i += step) {
            if (numbers.size() >= MAX_RANGE) {
                throw new JinjaException("a range of more than " + MAX_RANGE + " numbers");
            }
            numbers.add(i);
        }
        return numbers;
    }

    /** Python's strftime in the C locale. */
    private static String date(String format, LocalDateTime now) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                out.append(c);
                continue;
            }
            char field = format.charAt(++i);
            String pattern = DATE_PATTERNS.get(field);
            if (field == '%') {
                out.append('%');
            } else if (pattern != null) {
                out.append(now.format(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH)));
            } else {
                throw new JinjaException("strftime_now: the field %" + field + " is not supported");
            }
        }
        return out.toString();
    }
}
