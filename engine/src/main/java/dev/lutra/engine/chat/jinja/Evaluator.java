package dev.lutra.engine.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Finds the values of expressions. */
final class Evaluator {
    private final Budget budget;

    Evaluator(Budget budget) {
        this.budget = budget;
    }

    @Nullable
    Object evaluate(Expression expression, Scope scope) {
        budget.step();
        return switch (expression) {
            case Expression.Literal literal -> literal.value();
            case Expression.Name name -> scope.get(name.name());
            case Expression.ListOf list -> all(list.items(), scope);
            case Expression.MappingOf mapping -> mapping(mapping, scope);
            case Expression.Not not -> !Values.truth(evaluate(not.value(), scope));
            case Expression.And and -> {
                Object left = evaluate(and.left(), scope);
                yield Values.truth(left) ? evaluate(and.right(), scope) : left;
            }
            case Expression.Or or -> {
                Object left = evaluate(or.left(), scope);
                yield Values.truth(left) ? left : evaluate(or.right(), scope);
            }
            case Expression.Conditional conditional -> conditional(conditional, scope);
            case Expression.Attribute e -> at(e.line(), () -> Methods.attribute(evaluate(e.object(), scope), e.name()));
            case Expression.Item e -> at(e.line(), () -> item(evaluate(e.object(), scope), evaluate(e.key(), scope)));
            case Expression.Slice e ->
                at(
                        e.line(),
                        () -> Values.slice(
                                evaluate(e.object(), scope),
                                optional(e.from(), scope),
                                optional(e.to(), scope),
                                optional(e.step(), scope)));
            case Expression.Call e -> at(e.line(), () -> call(e, scope));
            case Expression.Filtered e ->
                at(
                        e.line(),
                        () -> Filters.apply(e.name(), evaluate(e.value(), scope), arguments(e.arguments(), scope)));
            case Expression.Tested e ->
                at(
                        e.line(),
                        () -> TypeTests.apply(e.name(), evaluate(e.value(), scope), arguments(e.arguments(), scope)));
            case Expression.Negative e -> at(e.line(), () -> Arithmetic.apply("-", 0L, evaluate(e.value(), scope)));
            case Expression.Binary e ->
                at(
                        e.line(),
                        () -> Arithmetic.apply(e.operator(), evaluate(e.left(), scope), evaluate(e.right(), scope)));
            case Expression.Comparison e -> at(e.line(), () -> comparison(e, scope));
        };
    }

    private interface Step {
        @Nullable
        Object run();
    }

    /** Adds the line to an error that has none yet. */
    private static @Nullable Object at(int line, Step step) {
        try {
            return step.run();
        } catch (JinjaException e) {
            throw Objects.requireNonNull(e.getMessage()).startsWith("line ")
                    ? e
                    : new JinjaException(line, e.getMessage());
        }
    }

    private @Nullable Object optional(@Nullable Expression expression, Scope scope) {
        return expression == null ? null : evaluate(expression, scope);
    }

    private List<@Nullable Object> all(List<Expression> expressions, Scope scope) {
        List<@Nullable Object> values = new ArrayList<>();
        for (Expression expression : expressions) {
            values.add(evaluate(expression, scope));
        }
        return values;
    }

    private Map<Object, @Nullable Object> mapping(Expression.MappingOf mapping, Scope scope) {
        Map<Object, @Nullable Object> values = new LinkedHashMap<>();
        for (Map.Entry<Expression, Expression> entry : mapping.entries()) {
            Object key = evaluate(entry.getKey(), scope);
            if (key instanceof List || key instanceof Map || key == null) {
                throw new JinjaException(Values.type(key) + " cannot be a key of a mapping");
            }
            values.put(key, evaluate(entry.getValue(), scope));
        }
        return values;
    }

    private @Nullable Object conditional(Expression.Conditional conditional, Scope scope) {
        if (Values.truth(evaluate(conditional.condition(), scope))) {
            return evaluate(conditional.then(), scope);
        }
        Expression otherwise = conditional.otherwise();
        return otherwise == null ? new Undefined("the missing else") : evaluate(otherwise, scope);
    }

    /** {@code object[key]}: an item first, then an attribute, as Jinja looks subscripts up. */
    private static @Nullable Object item(@Nullable Object object, @Nullable Object key) {
        Object item = Values.item(object, key);
        boolean byName = item instanceof Undefined && key instanceof String && !(object instanceof Map);
        return byName ? Methods.attribute(object, (String) key) : item;
    }

    private @Nullable Object call(Expression.Call call, Scope scope) {
        Object function = evaluate(call.function(), scope);
        if (function instanceof Function callable) {
            return callable.call(arguments(call.arguments(), scope));
        }
        throw new JinjaException(Values.type(function) + " cannot be called");
    }

    private CallArguments arguments(Expression.Arguments arguments, Scope scope) {
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        arguments.named().forEach((name, expression) -> named.put(name, evaluate(expression, scope)));
        return new CallArguments(all(arguments.positional(), scope), named);
    }

    private boolean comparison(Expression.Comparison comparison, Scope scope) {
        Object left = evaluate(comparison.first(), scope);
        for (Expression.Comparand comparand : comparison.rest()) {
            Object right = evaluate(comparand.value(), scope);
            boolean holds = switch (comparand.operator()) {
                case "==" -> Values.equal(left, right);
                case "!=" -> !Values.equal(left, right);
                case "<" -> Values.compare(left, right) < 0;
                case "<=" -> Values.compare(left, right) <= 0;
                case ">" -> Values.compare(left, right) > 0;
                case ">=" -> Values.compare(left, right) >= 0;
                case "in" -> Values.contains(right, left);
                default -> !Values.contains(right, left);
            };
            if (!holds) {
                return false;
            }
            left = right;
        }
        return true;
    }
}
