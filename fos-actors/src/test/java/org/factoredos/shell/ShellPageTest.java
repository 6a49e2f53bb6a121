package org.factoredos.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.factoredos.program.Usage;
import org.junit.jupiter.api.Test;

/** docs/shell.md says of every command what {@code help} says; {@code -Dfos.docs.write=true} makes it so. */
class ShellPageTest {
    private static final Path PAGE = Path.of("..", "docs", "shell.md");
    private static final String BEGIN = "<!-- The commands, as 'help' tells them; written by ShellPageTest. -->\n";
    private static final String END = "<!-- End of the commands. -->\n";

    @Test
    void theManualTellsOfEveryCommandWhatHelpTells() throws IOException {
        String page = Files.readString(PAGE);
        int from = page.indexOf(BEGIN) + BEGIN.length();
        int to = page.indexOf(END);
        if (Boolean.getBoolean("fos.docs.write")) {
            Files.writeString(PAGE, page.substring(0, from) + commands() + page.substring(to));
            return;
        }
        assertThat(page.substring(from, to))
                .as("%s; mend it with: ./mvnw -pl fos-actors test -Dtest=ShellPageTest -Dfos.docs.write=true", PAGE)
                .isEqualTo(commands());
    }

    private static String commands() {
        StringBuilder text = new StringBuilder();
        for (Usage.Group group : Usage.Group.values()) {
            text.append("\n### ")
                    .append(group.title())
                    .append("\n\n| command | what it does | for example |\n|---|---|---|\n");
            for (Usage usage : Commands.usages().values()) {
                if (usage.group() == group) {
                    text.append("| ")
                            .append(code(usage.line()))
                            .append(" | ")
                            .append(cell(usage.summary()))
                            .append(" | ")
                            .append(code(usage.example()))
                            .append(" |\n");
                }
            }
        }
        return text.append('\n').toString();
    }

    private static String code(String text) {
        return "`" + text.replace("|", "\\|") + "`";
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;");
    }
}
