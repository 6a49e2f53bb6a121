package org.factoredos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/paper-map.md names a test for every number of the sections that were delivered, and each of them has its tag. */
class PaperMapTest {
    private static final Path PAGE = Path.of("..", "docs", "paper-map.md");
    private static final Path MODULES = Path.of("..");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| ([A-Z]\\d+) \\|[^|]*\\|([^|]*)\\|$");
    private static final Pattern NAMED = Pattern.compile("`([^`]+)`");

    private final Map<String, List<String>> rows = rows();
    private final TaggedTests tests = TaggedTests.ofModules(MODULES);

    @Test
    void everyNumberHasARowAndItsTests() {
        assertThat(rows.keySet()).as("numbers with a row in %s", PAGE).containsAll(numbers());
        assertThat(rows.entrySet().stream()
                        .filter(row -> row.getValue().isEmpty())
                        .map(Map.Entry::getKey))
                .as("numbers of %s that name no test", PAGE)
                .isEmpty();
    }

    @Test
    void everyTestThatIsNamedExistsAndHasTheTag() {
        List<String> wrong = new ArrayList<>();
        rows.forEach((number, named) -> named.stream()
                .filter(test -> !tests.tagsOf(test).contains(number))
                .map(test -> number + " " + test)
                .forEach(wrong::add));

        assertThat(wrong)
                .as("tests of %s that do not exist, or have not the tag of their number", PAGE)
                .isEmpty();
    }

    private static Set<String> numbers() {
        return Map.of("M", 18, "N", 10, "P", 5).entrySet().stream()
                .flatMap(section -> IntStream.rangeClosed(1, section.getValue()).mapToObj(n -> section.getKey() + n))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Map<String, List<String>> rows() {
        try {
            return ROW.matcher(Files.readString(PAGE))
                    .results()
                    .collect(Collectors.toMap(
                            row -> row.group(1),
                            row -> named(row.group(2)).toList(),
                            (one, other) ->
                                    Stream.of(one, other).flatMap(List::stream).toList(),
                            TreeMap::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<String> named(String cell) {
        return NAMED.matcher(cell).results().map((MatchResult name) -> name.group(1));
    }
}
