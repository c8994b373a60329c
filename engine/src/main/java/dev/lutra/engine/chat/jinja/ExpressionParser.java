package dev.lutra.engine.chat.jinja;

import dev.lutra.engine.chat.jinja.Expression.Arguments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses expressions, by recursive descent through Jinja's levels of precedence. */
final class ExpressionParser {
    /** Parentheses within one another; real templates stay below ten. */
    private static final int MAX_DEPTH = 100;

    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", ">", "<=", ">=");
    /** Names that cannot begin the bare argument of a test. */
    private static final Set<String> AFTER_TEST = Set.of("else", "or", "and", "is", "if", "in", "not");

    private final TokenReader in;
    private int depth;

    ExpressionParser(TokenReader in) {
        this.in = in;
    }

    /** An expression, or a tuple of several separated by commas. */
    Expression tuple() {
        Expression first = expression();
        if (!in.peekOperator(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (in.takeOperator(",")) {
            if (in.peek().kind() == Token.Kind.BLOCK_END || in.peek().kind() == Token.Kind.PRINT_END) {
                break;
            }
            items.add(expression());
        }
        return new Expression.ListOf(items);
    }

    Expression expression() {
        if (++depth > MAX_DEPTH) {
            throw new JinjaException(in.line(), "expressions are nested more than " + MAX_DEPTH + " deep");
        }
        Expression value = or();
        while (in.takeName("if")) {
            Expression condition = or();
            Expression otherwise = in.takeName("else") ? expression() : null;
            value = new Expression.Conditional(condition, value, otherwise);
        }
        depth--;
        return value;
    }

    /** The level below the conditional: what a loop iterates over, since an {@code if} there is the loop's. */
    Expression or() {
        Expression left = and();
        while (in.takeName("or")) {
            left = new Expression.Or(left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (in.takeName("and")) {
            left = new Expression.And(left, not());
        }
        return left;
    }

    private Expression not() {
        boolean negate = false;
        while (in.takeName("not")) {
            negate = !negate;
        }
        Expression value = comparison();
        return negate ? new Expression.Not(value) : value;
    }

    private Expression comparison() {
        int line = in.line();
        Expression first = sum();
        List<Expression.Comparand> rest = new ArrayList<>();
        while (true) {
            if (in.peek().kind() == Token.Kind.OPERATOR
                    && COMPARISONS.contains(in.peek().text())) {
                rest.add(new Expression.Comparand(in.next().text(), sum()));
            } else if (in.takeName("in")) {
                rest.add(new Expression.Comparand("in", sum()));
            } else if (in.peekName("not") && in.peek(1).is(Token.Kind.NAME, "in")) {
                in.next();
                in.next();
                rest.add(new Expression.Comparand("not in", sum()));
            } else {
                return rest.isEmpty() ? first : new Expression.Comparison(first, rest, line);
            }
        }
    }

    private Expression sum() {
        Expression left = concatenation();
        while (in.peekOperator("+") || in.peekOperator("-")) {
            Token operator = in.next();
            left = new Expression.Binary(operator.text(), left, concatenation(), operator.line());
        }
        return left;
    }

    private Expression concatenation() {
        Expression left = product();
        while (in.peekOperator("~")) {
            Token operator = in.next();
            left = new Expression.Binary("~", left, product(), operator.line());
        }
        return left;
    }

    private Expression product() {
        Expression left = power();
        while (in.peekOperator("*") || in.peekOperator("/") || in.peekOperator("//") || in.peekOperator("%")) {
            Token operator = in.next();
            left = new Expression.Binary(operator.text(), left, power(), operator.line());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (in.peekOperator("**")) {
            Token operator = in.next();
            left = new Expression.Binary("**", left, unary(true), operator.line());
        }
        return left;
    }

    private Expression unary(boolean withFilters) {
        int line = in.line();
        Expression value;
        if (in.peekOperator("-") || in.peekOperator("+")) {
            boolean negative = in.next().text().equals("-");
            if (++depth > MAX_DEPTH) {
                throw new JinjaException(line, "signs are nested more than " + MAX_DEPTH + " deep");
            }
            value = unary(false);
            depth--;
            value = negative ? new Expression.Negative(value, line) : value;
        } else {
            value = postfix(primary());
        }
        return withFilters ? filters(value) : value;
    }

    private Expression primary() {
        Token token = in.next();
        return switch (token.kind()) {
            case NAME ->
                switch (token.text()) {
                    case "true", "True" -> new Expression.Literal(true);
                    case "false", "False" -> new Expression.Literal(false);
                    case "none", "None" -> new Expression.Literal(null);
                    default -> new Expression.Name(token.text(), token.line());
                };
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (in.peek().kind() == Token.Kind.STRING) {
                    text.append(in.next().text());
                }
                yield new Expression.Literal(text.toString());
            }
            case INTEGER, FLOAT -> number(token);
            case OPERATOR ->
                switch (token.text()) {
                    case "(" -> parenthesis();
                    case "[" -> new Expression.ListOf(items("]"));
                    case "{" -> mapping();
                    default -> throw new JinjaException(token.line(), "unexpected '" + token.text() + "'");
                };
            default -> throw new JinjaException(token.line(), "expected an expression, not '" + token.text() + "'");
        };
    }

    private static Expression number(Token token) {
        String digits = token.text().replace("_", "");
        try {
            return token.kind() == Token.Kind.FLOAT
                    ? new Expression.Literal(Double.parseDouble(digits))
                    : new Expression.Literal(Long.parseLong(digits));
        } catch (NumberFormatException e) {
            throw new JinjaException(token.line(), "'" + token.text() + "' is too large a number");
        }
    }

    private Expression parenthesis() {
        if (in.takeOperator(")")) {
            return new Expression.ListOf(List.of());
        }
        Expression first = expression();
        if (in.takeOperator(")")) {
            return first;
        }
        in.expectOperator(",");
        List<Expression> items = new ArrayList<>(List.of(first));
        items.addAll(items(")"));
        return new Expression.ListOf(items);
    }

    private List<Expression> items(String close) {
        List<Expression> items = new ArrayList<>();
        while (!in.takeOperator(close)) {
            items.add(expression());
            if (!in.peekOperator(close)) {
                in.expectOperator(",");
            }
        }
        return items;
    }

    private Expression mapping() {
        List<Map.Entry<Expression, Expression>> entries = new ArrayList<>();
        while (!in.takeOperator("}")) {
            Expression key = expression();
            in.expectOperator(":");
            entries.add(Map.entry(key, expression()));
            if (!in.peekOperator("}")) {
                in.expectOperator(",");
            }
        }
        return new Expression.MappingOf(entries);
    }

    private Expression postfix(Expression start) {
        Expression value = start;
        while (true) {
            int line = in.line();
            if (in.takeOperator(".")) {
                Token name = in.next();
                value = name.kind() == Token.Kind.INTEGER
                        ? new Expression.Item(value, number(name), line)
                        : new Expression.Attribute(value, requireName(name), line);
            } else if (in.takeOperator("[")) {
                value = subscript(value, line);
            } else if (in.peekOperator("(")) {
                value = new Expression.Call(value, arguments(), line);
            } else {
                return value;
            }
        }
    }

    private static String requireName(Token token) {
        if (token.kind() != Token.Kind.NAME) {
            throw new JinjaException(token.line(), "expected a name, not '" + token.text() + "'");
        }
        return token.text();
    }

    private Expression subscript(Expression object, int line) {
        Expression from = in.peekOperator(":") ? null : expression();
        if (from != null && in.takeOperator("]")) {
            return new Expression.Item(object, from, line);
        }
        in.expectOperator(":");
        Expression to = sliceEnd();
        Expression step = in.takeOperator(":") ? sliceEnd() : null;
        in.expectOperator("]");
        return new Expression.Slice(object, from, to, step, line);
    }

    private @Nullable Expression sliceEnd() {
        return in.peekOperator(":") || in.peekOperator("]") ? null : expression();
    }

    private Expression filters(Expression start) {
        Expression value = start;
        while (true) {
            int line = in.line();
            if (in.takeOperator("|")) {
                String name = in.expect(Token.Kind.NAME).text();
                value = new Expression.Filtered(value, name, optionalArguments(), line);
            } else if (in.takeName("is")) {
                boolean negate = in.takeName("not");
                String name = in.expect(Token.Kind.NAME).text();
                Expression test = new Expression.Tested(value, name, testArguments(), line);
                value = negate ? new Expression.Not(test) : test;
            } else if (in.peekOperator("(")) {
                value = new Expression.Call(value, arguments(), line);
            } else {
                return value;
            }
        }
    }

    private Arguments optionalArguments() {
        return in.peekOperator("(") ? arguments() : Arguments.NONE;
    }

    /** In parentheses, or one bare operand: {@code is divisibleby 3}. */
    private Arguments testArguments() {
        Token token = in.peek();
        boolean bare = switch (token.kind()) {
            case NAME -> !AFTER_TEST.contains(token.text());
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            default -> false;
        };
        return bare ? new Arguments(List.of(postfix(primary())), Map.of()) : optionalArguments();
    }

    private Arguments arguments() {
        in.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        while (!in.takeOperator(")")) {
            if (in.peek().kind() == Token.Kind.NAME && in.peek(1).is(Token.Kind.OPERATOR, "=")) {
                String name = in.next().text();
                in.next();
                named.put(name, expression());
            } else {
                positional.add(expression());
            }
            if (!in.peekOperator(")")) {
                in.expectOperator(",");
            }
        }
        return new Arguments(positional, named);
    }
}
