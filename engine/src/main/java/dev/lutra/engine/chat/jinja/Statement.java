package dev.lutra.engine.chat.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A part of a template that does something. */
sealed interface Statement {
    record Text(String text) implements Statement {}

    record Print(Expression value) implements Statement {}

    record If(List<Branch> branches, List<Statement> otherwise) implements Statement {}

    record Branch(Expression condition, List<Statement> body) {}

    /** {@code for targets in items if filter}; several targets take an item apart. */
    record For(
            List<String> targets,
            Expression items,
            @Nullable Expression filter,
            List<Statement> body,
            List<Statement> otherwise,
            int line)
            implements Statement {}

    /** {@code set a, b = value}. */
    record Set(List<String> targets, Expression value, int line) implements Statement {}

    /** {@code set object.attribute = value}, for namespaces. */
    record SetAttribute(String object, String attribute, Expression value, int line) implements Statement {}

    /** {@code set name}, text, {@code endset}. */
    record Capture(String target, List<Statement> body) implements Statement {}

    record Macro(String name, List<Parameter> parameters, List<Statement> body) implements Statement {}

    record Parameter(String name, @Nullable Expression otherwise) {}

    /** Statements with nothing around them but their tags: {@code generation}, which marks text for training. */
    record Group(List<Statement> body) implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}
}
