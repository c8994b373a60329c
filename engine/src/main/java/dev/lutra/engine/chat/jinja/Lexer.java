package dev.lutra.engine.chat.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens and applies whitespace control: a minus sign at a tag strips all whitespace on its side; a
 * block tag or comment that begins a line loses the indentation before it (lstrip_blocks) and every one loses the line end
 * after it (trim_blocks), unless a plus sign keeps them.
 */
final class Lexer {
    private static final List<String> OPERATORS = List.of(
            "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{",
            "}", ",", ".", ":", "|", ";");

    private static final Pattern END_RAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    /** whether the last tag ended with a line end, so that the text after it begins a line */
    private boolean lineStarting = true;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokenize(String template) {
        String source = template.replace("\r\n", "\n").replace('\r', '\n');
        if (source.endsWith("\n")) {
            source = source.substring(0, source.length() - 1); // keep_trailing_newline is off
        }
        Lexer lexer = new Lexer(source);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (at < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                add(Token.Kind.DATA, source.substring(at));
                at = source.length();
                break;
            }
            char type = source.charAt(tag + 1);
            int begin = tag + 2;
            char sign = begin < source.length() ? source.charAt(begin) : ' ';
            String data = stripBefore(source.substring(at, tag), sign, type);
            if (!data.isEmpty()) {
                add(Token.Kind.DATA, data);
            }
            countLines(at, tag);
            at = sign == '-' || sign == '+' ? begin + 1 : begin;
            switch (type) {
                case '#' -> comment();
                case '{' -> {
                    add(Token.Kind.PRINT_BEGIN, "{{");
                    tag("}}", Token.Kind.PRINT_END);
                }
                default -> {
                    add(Token.Kind.BLOCK_BEGIN, "{%");
                    tag("%}", Token.Kind.BLOCK_END);
                    raw();
                }
            }
        }
        add(Token.Kind.END, "the end of the template");
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
            char next = i + 1 < source.length() ? source.charAt(i + 1) : ' ';
            if (next == '{' || next == '%' || next == '#') {
                return i;
            }
        }
        return -1;
    }

    private String stripBefore(String data, char sign, char type) {
        if (sign == '-') {
            return data.stripTrailing();
        }
        if (sign == '+' || type == '{') {
            return data;
        }
        int lineStart = data.lastIndexOf('\n') + 1;
        boolean beginsLine = lineStart > 0 || lineStarting;
        return beginsLine && data.substring(lineStart).isBlank() ? data.substring(0, lineStart) : data;
    }

    private void comment() {
        int end = source.indexOf("#}", at);
        if (end < 0) {
            throw new JinjaException(line, "a comment has no end");
        }
        countLines(at, end);
        char sign = end > at ? source.charAt(end - 1) : ' ';
        at = end;
        endTag(sign, true);
    }

    /** The expression or statement up to {@code close}, which does not count inside of brackets. */
    private void tag(String close, Token.Kind closeKind) {
        Deque<Token> open = new ArrayDeque<>();
        while (true) {
            while (at < source.length() && isSpace(source.charAt(at))) {
                countLines(at, at + 1);
                at++;
            }
            if (at >= source.length()) {
                throw new JinjaException(line, "a tag has no end; '" + close + "' is missing");
            }
            char c = source.charAt(at);
            boolean signed = (c == '-' || c == '+') && source.startsWith(close, at + 1);
            if (open.isEmpty() && (signed || source.startsWith(close, at))) {
                add(closeKind, close);
                at = signed ? at + 1 : at;
                endTag(signed ? c : ' ', closeKind == Token.Kind.BLOCK_END);
                return;
            }
            balance(token(c), open);
        }
    }

    private static void balance(Token token, Deque<Token> open) {
        if (token.kind() != Token.Kind.OPERATOR) {
            return;
        }
        if ("([{".contains(token.text())) {
            open.push(token);
        } else if (")]}".contains(token.text())) {
            String opening = open.isEmpty() ? "nothing" : open.pop().text();
            if ("([{".indexOf(opening) != ")]}".indexOf(token.text())) {
                throw new JinjaException(token.line(), "'" + token.text() + "' closes '" + opening + "'");
            }
        }
    }

    /** Moves behind a closing delimiter of two characters and the whitespace that goes with it. */
    private void endTag(char sign, boolean trims) {
        int from = at;
        at += 2;
        if (sign == '-') {
            while (at < source.length() && isSpace(source.charAt(at))) {
                at++;
            }
        } else if (trims && sign != '+' && at < source.length() && source.charAt(at) == '\n') {
            at++;
        }
        countLines(from, at);
        lineStarting = source.charAt(at - 1) == '\n';
    }

    /** After {@code {% raw %}} everything up to {@code {% endraw %}} is text. */
    private void raw() {
        int n = tokens.size();
        if (n < 3
                || !tokens.get(n - 2).is(Token.Kind.NAME, "raw")
                || tokens.get(n - 3).kind() != Token.Kind.BLOCK_BEGIN) {
            return;
        }
        tokens.subList(n - 3, n).clear();
        if (source.startsWith("%}\n", at - 3) && source.charAt(at - 4) != '-') {
            at--; // Jinja does not trim after this one block tag
            line--;
        }
        Matcher end = END_RAW.matcher(source);
        if (!end.find(at)) {
            throw new JinjaException(line, "a raw block has no end");
        }
        String sign = end.group(1);
        String data = stripBefore(source.substring(at, end.start()), sign.isEmpty() ? ' ' : sign.charAt(0), '%');
        if (!data.isEmpty()) {
            add(Token.Kind.DATA, data);
        }
        countLines(at, end.end());
        at = end.end() - 2;
        endTag(end.group(2).isEmpty() ? ' ' : end.group(2).charAt(0), true);
    }

    private Token token(char c) {
        if (Character.isLetter(c) || c == '_') {
            int end = at + 1;
            while (end < source.length() && isNamePart(source.charAt(end))) {
                end++;
            }
            return take(Token.Kind.NAME, end);
        }
        if (c >= '0' && c <= '9') {
            return number();
        }
        if (c == '\'' || c == '"') {
            return string(c);
        }
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                return take(Token.Kind.OPERATOR, at + operator.length());
            }
        }
        throw new JinjaException(line, "unexpected character '" + c + "'");
    }

    private static boolean isNamePart(char c) {
        return Character.isLetterOrDigit(c) || c == '_';
    }

    private Token number() {
        int end = digits(at);
        boolean fraction = end + 1 < source.length() && source.charAt(end) == '.' && isDigit(source.charAt(end + 1));
        if (fraction) {
            end = digits(end + 1);
        }
        int exponent = end;
        if (exponent < source.length() && (source.charAt(exponent) == 'e' || source.charAt(exponent) == 'E')) {
            exponent++;
            if (exponent < source.length() && "+-".indexOf(source.charAt(exponent)) >= 0) {
                exponent++;
            }
            if (exponent < source.length() && isDigit(source.charAt(exponent))) {
                return take(Token.Kind.FLOAT, digits(exponent));
            }
        }
        return take(fraction ? Token.Kind.FLOAT : Token.Kind.INTEGER, end);
    }

    private int digits(int from) {
        int end = from;
        while (end < source.length() && (isDigit(source.charAt(end)) || source.charAt(end) == '_')) {
            end++;
        }
        return end;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private Token take(Token.Kind kind, int end) {
        Token token = add(kind, source.substring(at, end));
        at = end;
        return token;
    }

    private Token string(char quote) {
        StringBuilder text = new StringBuilder();
        int begin = line;
        int i = at + 1;
        while (true) {
            if (i >= source.length()) {
                throw new JinjaException(begin, "a string has no end");
            }
            char c = source.charAt(i);
            if (c == quote) {
                break;
            }
            if (c == '\\' && i + 1 < source.length()) {
                i = escape(i + 1, text);
            } else {
                text.append(c);
                i++;
            }
        }
        countLines(at, i);
        at = i + 1;
        return add(Token.Kind.STRING, text.toString());
    }

    /** Python's escapes; a backslash before anything else stands for itself. Returns the index after the escape. */
    private int escape(int i, StringBuilder text) {
        char c = source.charAt(i);
        int hex = switch (c) {
            case 'x' -> 2;
            case 'u' -> 4;
            case 'U' -> 8;
            default -> 0;
        };
        if (hex > 0) {
            try {
                text.appendCodePoint(Integer.parseInt(source, i + 1, i + 1 + hex, 16));
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                throw new JinjaException(line, "a \\" + c + " escape needs " + hex + " hexadecimal digits");
            }
            return i + 1 + hex;
        }
        switch (c) {
            case 'n' -> text.append('\n');
            case 't' -> text.append('\t');
            case 'r' -> text.append('\r');
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case '0' -> text.append('\0');
            case '\\', '\'', '"' -> text.append(c);
            case '\n' -> {}
            default -> text.append('\\').append(c);
        }
        return i + 1;
    }

    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || c == '\u00A0';
    }

    private Token add(Token.Kind kind, String text) {
        Token token = new Token(kind, text, line);
        tokens.add(token);
        return token;
    }

    private void countLines(int from, int to) {
        for (int i = from; i < to; i++) {
            if (source.charAt(i) == '\n') {
                line++;
            }
        }
    }
}
