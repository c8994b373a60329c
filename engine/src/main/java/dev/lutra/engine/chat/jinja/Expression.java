package dev.lutra.engine.chat.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A part of a template that has a value. */
sealed interface Expression {
    record Literal(@Nullable Object value) implements Expression {}

    record Name(String name, int line) implements Expression {}

    record ListOf(List<Expression> items) implements Expression {}

    record MappingOf(List<Map.Entry<Expression, Expression>> entries) implements Expression {}

    /** {@code object.name}. */
    record Attribute(Expression object, String name, int line) implements Expression {}

    /** {@code object[key]}. */
    record Item(Expression object, Expression key, int line) implements Expression {}

    /** {@code object[from:to:step]}. */
    record Slice(
            Expression object,
            @Nullable Expression from,
            @Nullable Expression to,
            @Nullable Expression step,
            int line) implements Expression {}

    record Call(Expression function, Arguments arguments, int line) implements Expression {}

    /** {@code value | name(arguments)}. */
    record Filtered(Expression value, String name, Arguments arguments, int line) implements Expression {}

    /** {@code value is name arguments}. */
    record Tested(Expression value, String name, Arguments arguments, int line) implements Expression {}

    record Not(Expression value) implements Expression {}

    record Negative(Expression value, int line) implements Expression {}

    record And(Expression left, Expression right) implements Expression {}

    record Or(Expression left, Expression right) implements Expression {}

    /** An arithmetic operator or {@code ~}. */
    record Binary(String operator, Expression left, Expression right, int line) implements Expression {}

    /** {@code first op a op b}: all must hold, from left to right. */
    record Comparison(Expression first, List<Comparand> rest, int line) implements Expression {}

    record Comparand(String operator, Expression value) {}

    record Conditional(
            Expression condition, Expression then, @Nullable Expression otherwise) implements Expression {}

    record Arguments(List<Expression> positional, Map<String, Expression> named) {
        static final Arguments NONE = new Arguments(List.of(), Map.of());
    }
}
