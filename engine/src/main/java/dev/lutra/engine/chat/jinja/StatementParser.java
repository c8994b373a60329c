package dev.lutra.engine.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses a template's statements. */
final class StatementParser {
    /** Blocks within one another; real templates stay below ten. */
    private static final int MAX_DEPTH = 100;

    private final TokenReader in;
    private final ExpressionParser expressions;
    private int depth;

    private StatementParser(TokenReader in) {
        this.in = in;
        this.expressions = new ExpressionParser(in);
    }

    static List<Statement> parse(String template) {
        StatementParser parser = new StatementParser(new TokenReader(Lexer.tokenize(template)));
        List<Statement> statements = parser.body(Set.of());
        parser.in.expect(Token.Kind.END);
        return statements;
    }

    /** Statements up to a block tag that begins with one of {@code ends}; the tag's name is next then. */
    private List<Statement> body(Set<String> ends) {
        if (++depth > MAX_DEPTH) {
            throw new JinjaException(in.line(), "blocks are nested more than " + MAX_DEPTH + " deep");
        }
        List<Statement> statements = new ArrayList<>();
        while (true) {
            Token token = in.peek();
            switch (token.kind()) {
                case DATA -> statements.add(new Statement.Text(in.next().text()));
                case PRINT_BEGIN -> {
                    in.next();
                    statements.add(new Statement.Print(expressions.tuple()));
                    in.expect(Token.Kind.PRINT_END);
                }
                case BLOCK_BEGIN -> {
                    in.next();
                    if (in.peek().kind() == Token.Kind.NAME
                            && ends.contains(in.peek().text())) {
                        depth--;
                        return statements;
                    }
                    statements.add(block());
                }
                case END -> {
                    if (!ends.isEmpty()) {
                        throw new JinjaException(token.line(), "the template ends before one of " + ends);
                    }
                    depth--;
                    return statements;
                }
                default -> throw in.unexpected("text or a tag");
            }
        }
    }

    private Statement block() {
        Token name = in.expect(Token.Kind.NAME);
        return switch (name.text()) {
            case "if" -> ifBlock();
            case "for" -> forBlock(name.line());
            case "set" -> set(name.line());
            case "macro" -> macro();
            case "generation" -> {
                end();
                yield new Statement.Group(bodyTo("endgeneration"));
            }
            case "break" -> {
                end();
                yield new Statement.Break(name.line());
            }
            case "continue" -> {
                end();
                yield new Statement.Continue(name.line());
            }
            default -> throw new JinjaException(name.line(), "the statement '" + name.text() + "' is not supported");
        };
    }

    private void end() {
        in.expect(Token.Kind.BLOCK_END);
    }

    private List<Statement> bodyTo(String end) {
        List<Statement> body = body(Set.of(end));
        in.expectName(end);
        if (in.peek().kind() == Token.Kind.NAME) {
            in.next(); // endmacro and endset may repeat the name
        }
        end();
        return body;
    }

    private Statement ifBlock() {
        List<Statement.Branch> branches = new ArrayList<>();
        List<Statement> otherwise = List.of();
        do {
            Expression condition = expressions.tuple();
            end();
            branches.add(new Statement.Branch(condition, body(Set.of("elif", "else", "endif"))));
        } while (in.takeName("elif"));
        if (in.takeName("else")) {
            end();
            otherwise = body(Set.of("endif"));
        }
        in.expectName("endif");
        end();
        return new Statement.If(branches, otherwise);
    }

    private Statement forBlock(int line) {
        List<String> targets = targets();
        in.expectName("in");
        Expression items = expressions.or();
        Expression filter = in.takeName("if") ? expressions.expression() : null;
        if (in.peekName("recursive")) {
            throw new JinjaException(line, "recursive loops are not supported");
        }
        end();
        List<Statement> body = body(Set.of("else", "endfor"));
        List<Statement> otherwise = List.of();
        if (in.takeName("else")) {
            end();
            otherwise = body(Set.of("endfor"));
        }
        in.expectName("endfor");
        end();
        return new Statement.For(targets, items, filter, body, otherwise, line);
    }

    /** Names separated by commas, with or without parentheses. */
    private List<String> targets() {
        boolean parenthesis = in.takeOperator("(");
        List<String> names = new ArrayList<>();
        do {
            names.add(in.expect(Token.Kind.NAME).text());
        } while (in.takeOperator(","));
        if (parenthesis) {
            in.expectOperator(")");
        }
        return names;
    }

    private Statement set(int line) {
        if (in.peek(1).is(Token.Kind.OPERATOR, ".")) {
            String object = in.expect(Token.Kind.NAME).text();
            in.next();
            String attribute = in.expect(Token.Kind.NAME).text();
            in.expectOperator("=");
            Expression value = expressions.tuple();
            end();
            return new Statement.SetAttribute(object, attribute, value, line);
        }
        List<String> targets = targets();
        if (in.takeOperator("=")) {
            Expression value = expressions.tuple();
            end();
            return new Statement.Set(targets, value, line);
        }
        if (targets.size() > 1) {
            throw in.unexpected("'='");
        }
        end();
        return new Statement.Capture(targets.getFirst(), bodyTo("endset"));
    }

    private Statement macro() {
        String name = in.expect(Token.Kind.NAME).text();
        List<Statement.Parameter> parameters = new ArrayList<>();
        in.expectOperator("(");
        while (!in.takeOperator(")")) {
            String parameter = in.expect(Token.Kind.NAME).text();
            Expression otherwise = in.takeOperator("=") ? expressions.expression() : null;
            parameters.add(new Statement.Parameter(parameter, otherwise));
            if (!in.peekOperator(")")) {
                in.expectOperator(",");
            }
        }
        end();
        return new Statement.Macro(name, parameters, bodyTo("endmacro"));
    }
}
