package dev.lutra.engine.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Carries statements out, appending to one text. */
final class Renderer {
    /** How a list of statements ended. */
    private enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Evaluator evaluator;
    private final StringBuilder out = new StringBuilder();

    Renderer(Budget budget) {
        this.budget = budget;
        this.evaluator = new Evaluator(budget);
    }

    String render(List<Statement> statements, Scope scope) {
        run(statements, scope);
        return out.toString();
    }

    private Flow run(List<Statement> statements, Scope scope) {
        for (Statement statement : statements) {
            Flow flow = run(statement, scope);
            if (flow != Flow.NEXT) {
                return flow;
            }
        }
        return Flow.NEXT;
    }

    private Flow run(Statement statement, Scope scope) {
        budget.step();
        switch (statement) {
            case Statement.Text text -> append(text.text());
            case Statement.Print print -> append(PythonText.of(evaluator.evaluate(print.value(), scope)));
            case Statement.Group group -> {
                return run(group.body(), scope);
            }
            case Statement.If conditional -> {
                return run(branch(conditional, scope), scope);
            }
            case Statement.For loop -> loop(loop, scope);
            case Statement.Set set -> assign(set.targets(), evaluator.evaluate(set.value(), scope), scope, set.line());
            case Statement.SetAttribute set -> setAttribute(set, scope);
            case Statement.Capture capture ->
                scope.set(capture.target(), new Renderer(budget).render(capture.body(), new Scope(scope)));
            case Statement.Macro macro ->
                scope.set(macro.name(), (Function) arguments -> call(macro, arguments, scope));
            case Statement.Break end -> {
                return Flow.BREAK;
            }
            case Statement.Continue next -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.NEXT;
    }

    private void append(String text) {
        Budget.checkLength((long) out.length() + text.length());
        out.append(text);
    }

    private List<Statement> branch(Statement.If conditional, Scope scope) {
        for (Statement.Branch branch : conditional.branches()) {
            if (Values.truth(evaluator.evaluate(branch.condition(), scope))) {
                return branch.body();
            }
        }
        return conditional.otherwise();
    }

    private void loop(Statement.For statement, Scope outer) {
        List<? extends @Nullable Object> items;
        try {
            items = Values.items(evaluator.evaluate(statement.items(), outer));
        } catch (JinjaException e) {
            throw withLine(statement.line(), e);
        }
        Expression filter = statement.filter();
        if (filter != null) {
            List<@Nullable Object> kept = new ArrayList<>();
            for (Object item : items) {
                Scope scope = new Scope(outer);
                assign(statement.targets(), item, scope, statement.line());
                if (Values.truth(evaluator.evaluate(filter, scope))) {
                    kept.add(item);
                }
            }
            items = kept;
        }
        Loop loop = new Loop(items, outer.get("loop") instanceof Loop around ? around.depth() + 1 : 1);
        for (int i = 0; i < items.size(); i++) {
            budget.step();
            loop.moveTo(i);
            Scope scope = new Scope(outer);
            scope.set("loop", loop);
            assign(statement.targets(), items.get(i), scope, statement.line());
            if (run(statement.body(), scope) == Flow.BREAK) {
                break;
            }
        }
        if (items.isEmpty()) {
            run(statement.otherwise(), outer);
        }
    }

    private static JinjaException withLine(int line, JinjaException e) {
        String message = String.valueOf(e.getMessage());
        return message.startsWith("line ") ? e : new JinjaException(line, message);
    }

    private static void assign(List<String> targets, @Nullable Object value, Scope scope, int line) {
        if (targets.size() == 1) {
            scope.set(targets.getFirst(), value);
            return;
        }
        List<? extends @Nullable Object> parts = Values.items(value);
        if (parts.size() != targets.size()) {
            throw new JinjaException(line, parts.size() + " values for the " + targets.size() + " names " + targets);
        }
        for (int i = 0; i < targets.size(); i++) {
            scope.set(targets.get(i), parts.get(i));
        }
    }

    private void setAttribute(Statement.SetAttribute set, Scope scope) {
        if (!(scope.get(set.object()) instanceof Namespace namespace)) {
            throw new JinjaException(
                    set.line(), "only attributes of a namespace can be set, not of '" + set.object() + "'");
        }
        namespace.set(set.attribute(), evaluator.evaluate(set.value(), scope));
    }

    private String call(Statement.Macro macro, CallArguments arguments, Scope defined) {
        if (arguments.positional().size() > macro.parameters().size()) {
            throw new JinjaException(
                    "macro " + macro.name() + " takes " + macro.parameters().size() + " arguments, not "
                            + arguments.positional().size());
        }
        budget.enter();
        Scope scope = new Scope(defined);
        for (int i = 0; i < macro.parameters().size(); i++) {
            Statement.Parameter parameter = macro.parameters().get(i);
            Expression otherwise = parameter.otherwise();
            Object value;
            if (arguments.has(i, parameter.name())) {
                value = arguments.get(i, parameter.name(), null);
            } else {
                value = otherwise == null ? new Undefined(parameter.name()) : evaluator.evaluate(otherwise, scope);
            }
            scope.set(parameter.name(), value);
        }
        String text = new Renderer(budget).render(macro.body(), scope);
        budget.leave();
        return text;
    }
}
