package org.factoredos.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Callable;
import org.factoredos.local.Keys;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What a grid needs that this program does not start itself: the operator's key. */
@Command(
        name = "certs",
        description = "Makes the operator's key where there is none, and enrols it.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        footer = {"", "Nodes do not have certificates yet."})
final class CertsCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Keys keys = Home.keys();
        keys.prepare();
        // Nodes in containers run as somebody else; who may come in is no secret.
        Files.setPosixFilePermissions(keys.authorized(), PosixFilePermissions.fromString("rw-r--r--"));
        PrintWriter out = Main.specOf(spec).commandLine().getOut();
        out.println("the operator's key is " + keys.id() + ", who may come in stands in " + keys.authorized());
        out.flush();
        return 0;
    }
}
