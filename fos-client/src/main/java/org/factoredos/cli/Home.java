package org.factoredos.cli;

import java.nio.file.Path;
import org.factoredos.local.Keys;
import org.factoredos.local.LocalGrids;
import org.factoredos.local.RunFile;

/** Where the commands keep what outlives them: {@code ~/.fos}. */
final class Home {
    private Home() {}

    static Path folder() {
        // Not the password file's home, which is what user.home says.
        return Path.of(System.getenv().getOrDefault("HOME", System.getProperty("user.home", ".")), ".fos");
    }

    static RunFile runFile() {
        return new RunFile(folder().resolve("run"));
    }

    static Keys keys() {
        return new Keys(folder().resolve("ssh"));
    }

    static LocalGrids grids() {
        return new LocalGrids(runFile(), keys(), Main.class.getName());
    }
}
