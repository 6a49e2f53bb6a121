package org.factoredos.shell;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.shell.Syntax.Literal;
import org.factoredos.shell.Syntax.Part;
import org.factoredos.shell.Syntax.Substitution;
import org.factoredos.shell.Syntax.Variable;
import org.factoredos.shell.Syntax.Word;
import org.factoredos.shell.Token.End;
import org.factoredos.shell.Token.Newline;
import org.factoredos.shell.Token.Operator;
import org.factoredos.shell.Token.Redirect;
import org.factoredos.shell.Token.WordToken;

/** Cuts source text into tokens, one at a time: {@code $(...)} is parsed where it stands, so its end is always found. */
final class Lexer {
    private static final String BREAKS = " \t\n;&|<>()";
    private static final String[] OPERATORS = {"&&", "||", ";", "&", "|", "(", ")"};
    private static final String[] REDIRECTS = {">>", ">&", ">", "<"};
    private static final String SPECIAL_PARAMETERS = "?#@*$!";

    private final String source;
    private int position;

    Lexer(String source, int position) {
        this.source = source;
        this.position = position;
    }

    Token next() throws SyntaxException {
        skipBlanks();
        int start = position;
        if (atEnd()) {
            return new End(start, start);
        }
        if (source.charAt(position) == '\n') {
            return new Newline(start, ++position);
        }
        boolean digit = isDigit(source.charAt(position));
        for (String redirect : REDIRECTS) {
            if (source.startsWith(redirect, position + (digit ? 1 : 0))) {
                int stream = digit ? source.charAt(position) - '0' : redirect.equals("<") ? 0 : 1;
                position += redirect.length() + (digit ? 1 : 0);
                return redirect(redirect, stream, start);
            }
        }
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, position)) {
                position += operator.length();
                return new Operator(operator, start, position);
            }
        }
        return new WordToken(word(), start, position);
    }

    private Token redirect(String text, int stream, int start) throws SyntaxException {
        if (stream > 2) {
            throw error(start, "streams are 0, 1 and 2, not " + stream);
        }
        if (text.equals("<") && source.startsWith("<", position)) {
            throw error(start, "'<<' is not in this language; write 'printf' and a pipe instead");
        }
        return new Redirect(text, stream, start, position);
    }

    /** Blanks, comments, and a backslash at a line's end, which joins it to the next. */
    private void skipBlanks() throws SyntaxException {
        while (!atEnd()) {
            char c = source.charAt(position);
            if (c == ' ' || c == '\t' || c == '\r') {
                position++;
            } else if (source.startsWith("\\\n", position)) {
                position += 2;
                failAtEnd(position - 2, "more behind '\\'");
            } else if (c == '#') {
                int end = source.indexOf('\n', position);
                position = end < 0 ? source.length() : end;
            } else {
                return;
            }
        }
    }

    private Word word() throws SyntaxException {
        List<Part> parts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        while (!atEnd() && BREAKS.indexOf(source.charAt(position)) < 0) {
            char c = source.charAt(position);
            if (c == '\'' || c == '"') {
                flush(text, parts, false);
                quoted(c, parts);
            } else if (c == '\\') {
                flush(text, parts, false);
                backslash(parts);
            } else if (c == '$' && startsExpansion()) {
                flush(text, parts, false);
                parts.add(expansion(false));
            } else {
                text.append(c);
                position++;
            }
        }
        flush(text, parts, false);
        return new Word(parts);
    }

    private void quoted(char quote, List<Part> parts) throws SyntaxException {
        int start = position++;
        if (quote == '\'') {
            int end = source.indexOf('\'', position);
            if (end < 0) {
                throw unfinished(start, "a closing '");
            }
            parts.add(new Literal(source.substring(position, end), true));
            position = end + 1;
            return;
        }
        int first = parts.size();
        StringBuilder text = new StringBuilder();
        while (true) {
            if (atEnd()) {
                throw unfinished(start, "a closing \"");
            }
            char c = source.charAt(position);
            if (c == '"') {
                position++;
                break;
            } else if (c == '$' && startsExpansion()) {
                flush(text, parts, true);
                parts.add(expansion(true));
            } else if (c == '\\'
                    && position + 1 < source.length()
                    && "$\"\\`\n".indexOf(source.charAt(position + 1)) >= 0) {
                text.append(source.charAt(position + 1) == '\n' ? "" : source.substring(position + 1, position + 2));
                position += 2;
            } else {
                text.append(c);
                position++;
            }
        }
        flush(text, parts, true);
        if (parts.size() == first) {
            parts.add(new Literal("", true)); // "" is an argument, though an empty one.
        }
    }

    private void backslash(List<Part> parts) throws SyntaxException {
        int start = position++;
        failAtEnd(start, "a character behind '\\'");
        // By code point: half of a surrogate pair is no character.
        int next = source.codePointAt(position);
        position += Character.charCount(next);
        if (next != '\n') {
            parts.add(new Literal(Character.toString(next), true));
        } else {
            failAtEnd(start, "more behind '\\'");
        }
    }

    /** Whether the {@code $} here begins an expansion; any other is itself. */
    private boolean startsExpansion() {
        if (position + 1 >= source.length()) {
            return false;
        }
        char c = source.charAt(position + 1);
        return c == '{' || c == '(' || isNameStart(c) || isDigit(c) || SPECIAL_PARAMETERS.indexOf(c) >= 0;
    }

    private Part expansion(boolean quoted) throws SyntaxException {
        int start = position++;
        char c = source.charAt(position);
        if (c == '(') {
            if (source.startsWith("((", position)) {
                throw error(start, "'$((' is not in this language");
            }
            Parser inner = new Parser(source, position + 1);
            Syntax.Script script = inner.substitution(start);
            position = inner.position();
            return new Substitution(script, quoted);
        }
        if (c == '{') {
            int end = source.indexOf('}', position);
            if (end < 0) {
                throw unfinished(start, "a closing '}'");
            }
            String name = source.substring(position + 1, end);
            if (!isParameter(name)) {
                throw error(start, "expected a variable's name in '${" + name + "}'");
            }
            position = end + 1;
            return new Variable(name, quoted);
        }
        int end = position + 1;
        while (isNameStart(c) && end < source.length() && isNamePart(source.charAt(end))) {
            end++;
        }
        String name = source.substring(position, end);
        position = end;
        return new Variable(name, quoted);
    }

    private static void flush(StringBuilder text, List<Part> parts, boolean quoted) {
        if (!text.isEmpty()) {
            parts.add(new Literal(text.toString(), quoted));
            text.setLength(0);
        }
    }

    private void failAtEnd(int start, String expected) throws SyntaxException {
        if (atEnd()) {
            throw unfinished(start, expected);
        }
    }

    private SyntaxException unfinished(int start, String expected) {
        return new SyntaxException(source, start, "expected " + expected + ", found the end", true);
    }

    private SyntaxException error(int start, String what) {
        return new SyntaxException(source, start, what, false);
    }

    private boolean atEnd() {
        return position >= source.length();
    }

    private static boolean isParameter(String name) {
        return isName(name) || (name.length() == 1 && SPECIAL_PARAMETERS.contains(name)) || name.matches("[0-9]{1,4}");
    }

    static boolean isName(String text) {
        return !text.isEmpty() && isNameStart(text.charAt(0)) && text.chars().allMatch(c -> isNamePart((char) c));
    }

    private static boolean isNameStart(char c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static boolean isNamePart(char c) {
        return isNameStart(c) || isDigit(c);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
