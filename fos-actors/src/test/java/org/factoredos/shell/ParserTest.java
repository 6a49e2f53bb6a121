package org.factoredos.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.factoredos.lib.Fos;
import org.factoredos.lib.MemoryGrid;
import org.factoredos.shell.Syntax.Script;
import org.factoredos.shell.Syntax.Simple;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParserTest {
    private static final Fos FOS = new MemoryGrid(Commands.programs()).process();

    private static List<String> arguments(String source) throws SyntaxException, IOException {
        Script script = Parser.parse(source);
        assertThat(script.items()).hasSize(1);
        Simple simple = (Simple)
                script.items().getFirst().chain().first().stages().getFirst().command();
        Expander expander = new Expander(FOS, new Variables(FOS), inner -> "");
        return expander.expand(simple.words());
    }

    @Property
    void quotedTextIsReadBackAsItWas(@ForAll List<String> texts) throws Exception {
        StringBuilder source = new StringBuilder("echo");
        texts.forEach(text -> source.append(' ').append(Quoting.quote(text)));

        assertThat(arguments(source.toString()))
                .startsWith("echo")
                .endsWith(texts.toArray(String[]::new))
                .hasSize(texts.size() + 1);
    }

    @Property
    void escapedTextIsReadBackAsItWas(@ForAll String text) throws Exception {
        assertThat(arguments("echo x" + Quoting.escape(text))).containsExactly("echo", "x" + text);
    }

    /** Whatever is typed, the parser ends, and says either what it is or where it is wrong. */
    @Property
    void anyTextIsAScriptOrASyntaxError(@ForAll String text) {
        try {
            assertThat(Parser.parse(text)).isNotNull();
        } catch (SyntaxException e) {
            assertThat(e).hasMessageStartingWith("line ");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "echo a; # comment ' (",
                "a\\\n b",
                "a | \n b && \n c",
                "for x\nin a b\ndo c; done",
                "if a; then b; fi > f 2>&1 | c",
                "a $(b $(c \")\") ')') d",
                "echo if then fi done }",
                "{ a; } & ( b ) ; c &",
                "! a | b",
                "a 2>> f 1>&2 < g >h",
                "",
                "\n\n",
            })
    void scriptIsAccepted(String source) throws SyntaxException {
        assertThat(Parser.parse(source).text()).isNotNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '`',
            value = {
                "a |  => line 1, column 4: expected a command, found the end",
                "a && ; b => line 1, column 6: expected a command, found ';'",
                "a; ; b => line 1, column 4: expected a command, found ';'",
                "fi => line 1, column 1: expected a command, found 'fi'",
                "a )  => line 1, column 3: expected a command, found ')'",
                "if a; b; fi => line 1, column 10: expected 'then', found 'fi'",
                "if a; then b => line 1, column 13: expected 'elif', 'else' or 'fi', found the end",
                "while a; do done => line 1, column 13: expected a command, found 'done'",
                "for 1 in a; do b; done => line 1, column 5: expected a variable's name behind 'for', found '1'",
                "for i a => line 1, column 7: expected 'in' or 'do', found 'a'",
                "a > => line 1, column 4: expected a file's name, found the end",
                "a 2>&x => line 1, column 6: expected 1 or 2, found 'x'",
                "a 3> f => line 1, column 3: streams are 0, 1 and 2, not 3",
                "a << b => line 1, column 3: '<<' is not in this language; write 'printf' and a pipe instead",
                "echo 'a => line 1, column 6: expected a closing ', found the end",
                "echo \"a => line 1, column 6: expected a closing \", found the end",
                "echo $(a => line 1, column 6: expected ')' for this '$(', found the end",
                "echo ${a-b} => line 1, column 6: expected a variable's name in '${a-b}'",
                "echo a (b) => line 1, column 8: expected an argument ('(' must be quoted), found '('",
                "( a => line 1, column 4: expected ')', found the end",
                "{ a; => line 1, column 5: expected '}', found the end",
            })
    void syntaxErrorSaysWhereAndWhatWasExpected(String source, String message) {
        assertThatThrownBy(() -> Parser.parse(source)).hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '`',
            value = {
                "echo 'a => true",
                "echo \"a => true",
                "echo a \\ => true",
                "echo $(a => true",
                "if a => true",
                "while a; do => true",
                "a | => true",
                "a && => true",
                "{ a => true",
                "fi => false",
                "a ) => false",
                "a > > b => false",
            })
    void unfinishedInputIsToldFromAMistake(String source, boolean incomplete) {
        assertThatThrownBy(() -> Parser.parse(source + "\n"))
                .isInstanceOfSatisfying(
                        SyntaxException.class, e -> assertThat(e.incomplete()).isEqualTo(incomplete));
    }
}
