package org.factoredos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.factoredos.load.BuiltJar;
import org.factoredos.server.Fleet;
import org.factoredos.sim.Scenario.Variant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The very source of docs/fleets.md in virtual time: each key is linearizable, whatever becomes of its servers and of files. */
@Tag("A3")
class KvSimTest {
    private static final long USUAL = 50;

    @TempDir
    private Path folder;

    private URLClassLoader classes = new URLClassLoader(new URL[0]);

    @AfterEach
    void close() throws IOException {
        classes.close();
    }

    private static String page() throws IOException {
        Matcher source = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("../docs/fleets.md")));
        assertThat(source.find()).isTrue();
        return source.group(1);
    }

    private Fleet built(String source) throws IOException, ReflectiveOperationException {
        URL jar = BuiltJar.of(folder, "Kv", source).toUri().toURL();
        classes = new URLClassLoader(new URL[] {jar}, KvSimTest.class.getClassLoader());
        return (Fleet) classes.loadClass("Kv").getConstructor().newInstance();
    }

    /** The page's, with one thing wrong. */
    private Fleet with(String right, String wrong) throws IOException, ReflectiveOperationException {
        String page = page();
        assertThat(page.split(Pattern.quote(right), -1))
                .as("the page has %s once", right)
                .hasSize(2);
        return built(page.replace(right, wrong));
    }

    @Test
    void everyKeyIsLinearizableAndEveryCallEnds() throws IOException, ReflectiveOperationException {
        Fleet kv = built(page());
        Seeds.assertNoneFails(
                "KvSimTest#everyKeyIsLinearizableAndEveryCallEnds",
                USUAL,
                seed -> new KvScenario(seed, Variant.NONE, kv));
    }

    @Test
    void aReadThatBeganBeforeTheQuestionIsFound() throws IOException, ReflectiveOperationException {
        Fleet kv = with("yield data.isEmpty() && !readAgain ? answerAll() : read();", "yield answerAll();");
        Seeds.assertFound(
                "KvSimTest#aReadThatBeganBeforeTheQuestionIsFound", seed -> new KvScenario(seed, Variant.NONE, kv));
    }

    @Test
    void anAnswerFromMemoryIsFound() throws IOException, ReflectiveOperationException {
        Fleet kv = with(
                "return reading ? List.of() : read();",
                "if (offset > 0) { return answerAll(); } return reading ? List.of() : read();");
        Seeds.assertFound("KvSimTest#anAnswerFromMemoryIsFound", seed -> new KvScenario(seed, Variant.NONE, kv));
    }

    @Test
    void anAnswerBeforeTheAppendIsFound() throws IOException, ReflectiveOperationException {
        String append = "call(new FileProtocol.AppendFile(log, line), new Appending(asked))";
        Fleet kv = with(
                "return " + append + ";",
                "return List.of(" + append + ".getFirst(), asked.call().reply(new TextMessage(\"ok\")));");
        Seeds.assertFound("KvSimTest#anAnswerBeforeTheAppendIsFound", seed -> new KvScenario(seed, Variant.NONE, kv));
    }

    /** Another server may have been asked the same, and do it. */
    @Test
    void aRefusalThatIsSaidToBeCertainIsFound() throws IOException, ReflectiveOperationException {
        Fleet kv = with("perhaps not done: ", "not done: ");
        Seeds.assertFound(
                "KvSimTest#aRefusalThatIsSaidToBeCertainIsFound", seed -> new KvScenario(seed, Variant.NONE, kv));
    }

    @Test
    void aLineThatCountsTwiceIsFound() throws IOException, ReflectiveOperationException {
        Fleet kv = with("if (done.add(entry[0])) {", "done.add(entry[0]);\n        {");
        Seeds.assertFound("KvSimTest#aLineThatCountsTwiceIsFound", seed -> new KvScenario(seed, Variant.NONE, kv));
    }
}
