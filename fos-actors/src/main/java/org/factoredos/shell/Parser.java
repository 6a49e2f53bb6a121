package org.factoredos.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.factoredos.shell.Syntax.Assignment;
import org.factoredos.shell.Syntax.Branch;
import org.factoredos.shell.Syntax.Chain;
import org.factoredos.shell.Syntax.Command;
import org.factoredos.shell.Syntax.For;
import org.factoredos.shell.Syntax.Group;
import org.factoredos.shell.Syntax.If;
import org.factoredos.shell.Syntax.Item;
import org.factoredos.shell.Syntax.Link;
import org.factoredos.shell.Syntax.Literal;
import org.factoredos.shell.Syntax.Part;
import org.factoredos.shell.Syntax.Pipeline;
import org.factoredos.shell.Syntax.ReadFrom;
import org.factoredos.shell.Syntax.Redirection;
import org.factoredos.shell.Syntax.SameAs;
import org.factoredos.shell.Syntax.Script;
import org.factoredos.shell.Syntax.Simple;
import org.factoredos.shell.Syntax.Stage;
import org.factoredos.shell.Syntax.Subshell;
import org.factoredos.shell.Syntax.While;
import org.factoredos.shell.Syntax.Word;
import org.factoredos.shell.Syntax.WriteTo;
import org.factoredos.shell.Token.End;
import org.factoredos.shell.Token.Newline;
import org.factoredos.shell.Token.Operator;
import org.factoredos.shell.Token.Redirect;
import org.factoredos.shell.Token.WordToken;

/** Reads source text into a {@link Script}, by recursive descent; keywords count only where a command may begin. */
final class Parser {
    private static final Set<String> CLOSING = Set.of("then", "elif", "else", "fi", "do", "done", "}");

    private final String source;
    private final Lexer lexer;
    private Token token;

    /** Where the last taken token ended. */
    private int end;

    Parser(String source, int position) throws SyntaxException {
        this.source = source;
        this.lexer = new Lexer(source, position);
        this.end = position;
        this.token = lexer.next();
    }

    static Script parse(String source) throws SyntaxException {
        Parser parser = new Parser(source, 0);
        Script script = parser.script();
        if (!(parser.token instanceof End)) {
            throw parser.expected("a command");
        }
        return script;
    }

    /** The script of a {@code $(} that began at {@code opening}, with its closing parenthesis. */
    Script substitution(int opening) throws SyntaxException {
        Script script = script();
        if (token instanceof End) {
            throw new SyntaxException(source, opening, "expected ')' for this '$(', found the end", true);
        }
        if (!isOperator(")")) {
            throw expected("')'");
        }
        end = token.end(); // Not taken: what follows is the enclosing word's.
        return script;
    }

    /** Where the last taken token ended. */
    int position() {
        return end;
    }

    private Script script() throws SyntaxException {
        List<Item> items = new ArrayList<>();
        skipNewlines();
        int start = token.start();
        while (startsCommand()) {
            Chain chain = chain();
            boolean background = isOperator("&");
            items.add(new Item(chain, background));
            if (!background && !isOperator(";") && !(token instanceof Newline)) {
                break;
            }
            take();
            skipNewlines();
        }
        return new Script(items, source.substring(start, Math.max(start, end)));
    }

    private boolean startsCommand() {
        return switch (token) {
            case WordToken(Word word, int from, int to) ->
                word.bare().filter(CLOSING::contains).isEmpty();
            case Redirect _ -> true;
            case Operator operator -> operator.text().equals("(");
            case Newline _ -> false;
            case End _ -> false;
        };
    }

    private Chain chain() throws SyntaxException {
        int start = token.start();
        Pipeline first = pipeline();
        List<Link> rest = new ArrayList<>();
        while (isOperator("&&") || isOperator("||")) {
            boolean onSuccess = isOperator("&&");
            takeAndContinue();
            rest.add(new Link(onSuccess, pipeline()));
        }
        return new Chain(first, rest, source.substring(start, end));
    }

    private Pipeline pipeline() throws SyntaxException {
        boolean negated = false;
        while (isKeyword("!")) {
            negated = !negated;
            take();
        }
        List<Stage> stages = new ArrayList<>();
        stages.add(stage());
        while (isOperator("|")) {
            takeAndContinue();
            stages.add(stage());
        }
        return new Pipeline(negated, stages);
    }

    /** Behind {@code |}, {@code &&} and {@code ||} the command may stand on the next line. */
    private void takeAndContinue() throws SyntaxException {
        take();
        skipNewlines();
    }

    private Stage stage() throws SyntaxException {
        if (!startsCommand()) {
            throw expected("a command");
        }
        int start = token.start();
        List<Redirection> redirections = new ArrayList<>();
        Optional<Command> compound = compound();
        Command command;
        if (compound.isPresent()) {
            command = compound.get();
            while (token instanceof Redirect) {
                redirections.add(redirection());
            }
        } else {
            command = simple(redirections);
        }
        return new Stage(command, redirections, source.substring(start, end));
    }

    private Optional<Command> compound() throws SyntaxException {
        if (isOperator("(")) {
            take();
            Script body = body();
            if (!isOperator(")")) {
                throw expected("')'");
            }
            take();
            return Optional.of(new Subshell(body));
        }
        if (!(token instanceof WordToken(Word word, int from, int to))) {
            return Optional.empty();
        }
        return switch (word.bare().orElse("")) {
            case "if" -> Optional.of(ifCommand());
            case "while" -> Optional.of(whileCommand(true));
            case "until" -> Optional.of(whileCommand(false));
            case "for" -> Optional.of(forCommand());
            case "{" -> {
                take();
                Script body = body();
                keyword("}");
                yield Optional.of(new Group(body));
            }
            default -> Optional.empty();
        };
    }

    private If ifCommand() throws SyntaxException {
        List<Branch> branches = new ArrayList<>();
        do {
            take();
            Script condition = body();
            keyword("then");
            branches.add(new Branch(condition, body()));
        } while (isKeyword("elif"));
        Optional<Script> otherwise = Optional.empty();
        if (isKeyword("else")) {
            take();
            otherwise = Optional.of(body());
        } else if (!isKeyword("fi")) {
            throw expected("'elif', 'else' or 'fi'");
        }
        keyword("fi");
        return new If(branches, otherwise);
    }

    private While whileCommand(boolean wanted) throws SyntaxException {
        take();
        Script condition = body();
        return new While(wanted, condition, loopBody());
    }

    private For forCommand() throws SyntaxException {
        take();
        String variable = token instanceof WordToken(Word word, int from, int to)
                ? word.bare().filter(Lexer::isName).orElse("")
                : "";
        if (variable.isEmpty()) {
            throw expected("a variable's name behind 'for'");
        }
        take();
        skipNewlines();
        Optional<List<Word>> words = Optional.empty();
        if (isKeyword("in")) {
            take();
            List<Word> list = new ArrayList<>();
            while (token instanceof WordToken(Word word, int from, int to)) {
                list.add(word);
                take();
            }
            words = Optional.of(List.copyOf(list));
        }
        if (!isOperator(";") && !(token instanceof Newline) && !isKeyword("do")) {
            throw expected(words.isPresent() ? "';' and 'do'" : "'in' or 'do'");
        }
        if (isOperator(";")) {
            take();
        }
        skipNewlines();
        return new For(variable, words, loopBody());
    }

    private Script loopBody() throws SyntaxException {
        keyword("do");
        Script body = body();
        keyword("done");
        return body;
    }

    /** A script with at least one command, inside a compound one. */
    private Script body() throws SyntaxException {
        Script script = script();
        if (script.items().isEmpty()) {
            throw expected("a command");
        }
        return script;
    }

    private Simple simple(List<Redirection> redirections) throws SyntaxException {
        List<Assignment> assignments = new ArrayList<>();
        List<Word> words = new ArrayList<>();
        while (true) {
            if (token instanceof Redirect) {
                redirections.add(redirection());
            } else if (token instanceof WordToken(Word word, int from, int to)) {
                Optional<Assignment> assignment = words.isEmpty() ? assignment(word) : Optional.empty();
                assignment.ifPresentOrElse(assignments::add, () -> words.add(word));
                take();
            } else if (isOperator("(")) {
                throw expected("an argument ('(' must be quoted)");
            } else {
                return new Simple(assignments, words);
            }
        }
    }

    /** {@code NAME=value}: the name and the sign must be unquoted. */
    static Optional<Assignment> assignment(Word word) {
        if (word.parts().isEmpty() || !(word.parts().getFirst() instanceof Literal(String text, boolean quoted))) {
            return Optional.empty();
        }
        int sign = text.indexOf('=');
        if (quoted || sign < 1 || !Lexer.isName(text.substring(0, sign))) {
            return Optional.empty();
        }
        List<Part> value = new ArrayList<>(word.parts());
        value.set(0, new Literal(text.substring(sign + 1), false));
        return Optional.of(new Assignment(text.substring(0, sign), new Word(value)));
    }

    private Redirection redirection() throws SyntaxException {
        Redirect redirect = (Redirect) token;
        take();
        if (!(token instanceof WordToken(Word word, int from, int to))) {
            throw expected(redirect.text().equals(">&") ? "a stream's number" : "a file's name");
        }
        Redirection redirection = switch (redirect.text()) {
            case "<" -> new ReadFrom(redirect.stream(), word);
            case ">&" -> new SameAs(redirect.stream(), streamNumber(word));
            default -> new WriteTo(redirect.stream(), redirect.text().equals(">>"), word);
        };
        if (redirect.text().equals("<") != (redirect.stream() == 0)) {
            throw new SyntaxException(
                    source, redirect.start(), "stream " + redirect.stream() + " does not go that way", false);
        }
        take();
        return redirection;
    }

    private int streamNumber(Word word) throws SyntaxException {
        return switch (word.bare().orElse("")) {
            case "1" -> 1;
            case "2" -> 2;
            default -> throw expected("1 or 2");
        };
    }

    private void keyword(String text) throws SyntaxException {
        if (!isKeyword(text)) {
            throw expected("'" + text + "'");
        }
        take();
    }

    private boolean isKeyword(String text) {
        return token instanceof WordToken(Word word, int from, int to)
                && word.bare().filter(text::equals).isPresent();
    }

    private boolean isOperator(String text) {
        return token instanceof Operator operator && operator.text().equals(text);
    }

    private void skipNewlines() throws SyntaxException {
        while (token instanceof Newline) {
            take();
        }
    }

    private void take() throws SyntaxException {
        end = token.end();
        token = lexer.next();
    }

    private SyntaxException expected(String what) {
        String found = switch (token) {
            case End _ -> "the end";
            case Newline _ -> "the line's end";
            default -> "'" + source.substring(token.start(), token.end()) + "'";
        };
        return new SyntaxException(
                source, token.start(), "expected " + what + ", found " + found, token instanceof End);
    }
}
