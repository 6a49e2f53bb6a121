package org.factoredos.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.factoredos.lib.Fos;
import org.factoredos.lib.MemoryGrid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
    @ParameterizedTest
    @CsvSource(
            delimiterString = " ",
            quoteCharacter = '`',
            value = {
                "* a true",
                "* .a false",
                ".* .a true",
                "?.c a.c true",
                "?.c ab.c false",
                "? é true",
                "? 😀 true",
                "[a-c]x bx true",
                "[a-c]x dx false",
                "[!a-c]x dx true",
                "[^a-c]x ax false",
                "[]]x ]x true",
                "[a-] - true",
                "[z-a] - true",
                "[\\]]x ]x true",
                "[ab [ab true",
                "\\*x *x true",
                "\\*x ax false",
                "a*b*c aXbYc true",
                "a*b*c aXbY false",
                "a.c abc false",
                "[[&&a] & true",
            })
    void patternMatches(String pattern, String name, boolean matches) {
        assertThat(Glob.matches(pattern, name)).isEqualTo(matches);
    }

    @Property
    void escapedTextMatchesItselfAlone(@ForAll String text, @ForAll String other) {
        String pattern = Glob.escape(text);

        assertThat(Glob.hasWildcard(pattern)).isFalse();
        assertThat(Glob.unescape(pattern)).isEqualTo(text);
        assertThat(Glob.matches(pattern, text)).isTrue();
        assertThat(Glob.matches(pattern, other)).isEqualTo(text.equals(other));
    }

    @Test
    void everyPartOfAPathMayBeAPattern() {
        MemoryGrid grid = new MemoryGrid(Commands.programs());
        Fos fos = grid.process();
        grid.run("sh", "-c", "mkdir -p /tmp/a1/x /tmp/a2/x /tmp/b1/x; touch /tmp/a1/x/f /tmp/a2/x/f /tmp/a3");

        assertThat(Glob.expand(fos, "/tmp/a*/x/?")).isEqualTo(List.of("/tmp/a1/x/f", "/tmp/a2/x/f"));
        assertThat(Glob.expand(fos, "tmp/a*")).isEqualTo(List.of("tmp/a1", "tmp/a2", "tmp/a3"));
        assertThat(Glob.expand(fos, "/tmp/a*/")).isEqualTo(List.of("/tmp/a1/", "/tmp/a2/"));
        assertThat(Glob.expand(fos, "/none/*")).isEmpty();
    }
}
