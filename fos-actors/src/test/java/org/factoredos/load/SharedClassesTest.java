package org.factoredos.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.factoredos.lib.Program;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("A3")
class SharedClassesTest {
    private static final Pattern INCLUDED = Pattern.compile("<include>org/factoredos/(\\w+)/\\*+</include>");

    @Test
    void whatAJarIsCompiledAgainstIsWhatItSees() throws IOException {
        Set<String> included = INCLUDED.matcher(Files.readString(Path.of("pom.xml")))
                .results()
                .map(include -> include.group(1))
                .collect(Collectors.toSet());
        Set<String> shared = SharedClasses.PACKAGES.stream()
                .filter(name -> !name.contains(".")) // Below another, which is included with it.
                .collect(Collectors.toSet());

        assertThat(shared).isEqualTo(included);
    }

    @Test
    void theRestIsNotThere() throws ClassNotFoundException {
        SharedClasses shared = new SharedClasses();
        assertThat(shared.loadClass(Program.class.getName())).isSameAs(Program.class);
        for (String name : Set.of("org.factoredos.load.Jar", "akka.actor.ActorSystem", "org.factoredos.X", "X")) {
            assertThatExceptionOfType(ClassNotFoundException.class).isThrownBy(() -> shared.loadClass(name));
        }
    }
}
