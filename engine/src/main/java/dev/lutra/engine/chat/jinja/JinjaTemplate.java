package dev.lutra.engine.chat.jinja;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A parsed template. Immutable and safe for use by many threads. */
public final class JinjaTemplate {
    private final List<Statement> statements;

    private JinjaTemplate(List<Statement> statements) {
        this.statements = statements;
    }

    /** @throws JinjaException when the source is no template, or uses what is not supported */
    public static JinjaTemplate parse(String source) {
        return new JinjaTemplate(StatementParser.parse(source));
    }

    /**
     * Renders the template.
     *
     * @param variables null, Boolean, Long, Double, String, List of these, or Map with string keys
     * @throws JinjaException when the template fails or refuses
     */
    public String render(Map<String, ? extends @Nullable Object> variables) {
        return render(variables, LocalDateTime::now);
    }

    String render(Map<String, ? extends @Nullable Object> variables, Supplier<LocalDateTime> clock) {
        Scope globals = new Scope(null);
        Globals.define(globals, clock);
        Scope scope = new Scope(globals);
        variables.forEach(scope::set);
        return new Renderer(new Budget()).render(statements, scope);
    }
}
