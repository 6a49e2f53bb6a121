package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A page of docs that is followed word for word: its sources are written, its commands run, and what it says they print is compared. */
final class WrittenPage {
    private static final Pattern BLOCK = Pattern.compile("```(java)?\n(.*?)```", Pattern.DOTALL);
    /** Lines that begin with a dollar sign are commands, those behind one what it prints. */
    private static final Pattern COMMAND = Pattern.compile("(?m)^\\$ (.*)\n((?:(?!\\$ ).*\n)*)");

    private static final Pattern CLASS = Pattern.compile("public final class (\\w+)");

    private WrittenPage() {}

    static void follow(UpGrid grid, String name) throws IOException, InterruptedException {
        Path work = workplace(grid);
        for (Matcher block = BLOCK.matcher(Files.readString(Path.of("../docs/" + name + ".md"))); block.find(); ) {
            if (block.group(1) != null) {
                write(work, block.group(2));
            } else {
                runAsWritten(grid, work, block.group(2));
            }
        }
    }

    /** As the root of a checkout looks to who follows the page. */
    private static Path workplace(UpGrid grid) throws IOException, InterruptedException {
        Path work = Files.createDirectory(grid.home().resolve("work"));
        Path checkout = Path.of("..").toRealPath();
        for (String module : List.of("fos-actors", "fos-client")) {
            Files.createSymbolicLink(work.resolve(module), checkout.resolve(module));
        }
        Path fos = work.resolve("fos");
        String command = Product.fos().stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
        Files.writeString(fos, "#!/bin/sh\nHOME='" + grid.home() + "' exec " + command + " \"$@\"\n");
        assertThat(fos.toFile().setExecutable(true)).isTrue();
        return work;
    }

    private static void write(Path work, String source) throws IOException {
        Matcher name = CLASS.matcher(source);
        assertThat(name.find()).isTrue();
        Files.writeString(work.resolve(name.group(1) + ".java"), source);
    }

    private static void runAsWritten(UpGrid grid, Path work, String lines) throws IOException, InterruptedException {
        Path jdk = Path.of(System.getProperty("java.home"), "bin");
        for (Matcher command = COMMAND.matcher(lines); command.find(); ) {
            String line = "cd '" + work + "' && PATH='" + jdk + "':$PATH && " + command.group(1);
            assertThat(grid.tool("sh", "-c", line)).as(line).isEqualTo(command.group(2));
        }
    }
}
