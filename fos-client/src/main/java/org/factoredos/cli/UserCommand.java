package org.factoredos.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.factoredos.gateway.GatewayClient;
import org.factoredos.gateway.PublicKeyFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Who may come into a running grid besides the operator. What there is to do is done there, by the program {@code user},
 * with the operator's key.
 */
@Command(
        name = "user",
        description = "Lets people into a running grid over SSH, each in a protection domain of their own.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "add|list|remove",
        footer = {"", "  ./fos user add alice alice.pub", "  ssh -p 2222 alice@127.0.0.1"})
final class UserCommand implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    private static final String HOST = "HOST[:PORT]";
    private static final String JOIN =
            "The grid's SSH gateway; where nothing is said, one of the grid that ./fos up started.";

    @Command(
            name = "add",
            description = {
                "Makes a domain NAME with /home/NAME, and lets in whoever has the private part of the key.",
                "Where there is the user, the key is one more of theirs, and limits that are said replace those they had."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Main.Version.class)
    int add(
            @Option(
                            names = "--tiles",
                            paramLabel = "N",
                            defaultValue = "",
                            description =
                                    "How many tiles of the grid their processes may hold together; 16 where nothing is said, 'none' for no limit.")
                    String tiles,
            @Option(
                            names = "--frames",
                            paramLabel = "N",
                            defaultValue = "",
                            description =
                                    "How many 4 KiB frames of each node's memory; 4096 where nothing is said, 'none' likewise.")
                    String frames,
            @Option(
                            names = "--disk",
                            paramLabel = "SIZE",
                            defaultValue = "",
                            description =
                                    "How much of each volume their files may take, such as 500M; no limit where nothing is said.")
                    String disk,
            @Parameters(paramLabel = "NAME", description = "Letters, digits, '_', '-' and '.', 32 at most.")
                    String name,
            @Parameters(paramLabel = "KEYFILE", description = "Their public key, such as ssh-keygen writes to id.pub.")
                    Path file,
            @Option(names = "--join", paramLabel = HOST, defaultValue = "", description = JOIN) String join)
            throws IOException {
        String limits = limit("tiles", tiles) + limit("frames", frames) + limit("disk", disk);
        return run(join, "user add" + limits + " -- " + quoted(name) + " " + quoted(PublicKeyFile.read(file)));
    }

    private static String limit(String word, String value) {
        return value.isEmpty() ? "" : " --" + word + "=" + quoted(value);
    }

    @Command(
            name = "list",
            description = "Lists users and their keys.",
            mixinStandardHelpOptions = true,
            versionProvider = Main.Version.class)
    int list(
            @Option(names = "--json", description = "As one line of JSON.") boolean json,
            @Option(names = "--join", paramLabel = HOST, defaultValue = "", description = JOIN) String join)
            throws IOException {
        return run(join, json ? "user list --json" : "user list");
    }

    @Command(
            name = "remove",
            description = {
                "Takes a user's keys and rights away, and ends what runs in their domain.",
                "Returns when no tile can use any of those rights; /home/NAME stays."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Main.Version.class)
    int remove(
            @Parameters(paramLabel = "NAME", description = "The user.") String name,
            @Option(names = "--join", paramLabel = HOST, defaultValue = "", description = JOIN) String join)
            throws IOException {
        return run(join, "user remove -- " + quoted(name));
    }

    @Override
    public void run() {
        throw new ParameterException(Main.specOf(spec).commandLine(), "what is to be done: add, list or remove?");
    }

    private static int run(String join, String commands) throws IOException {
        try (GatewayClient gateway = Gateways.connect(join)) {
            return gateway.run(commands);
        }
    }

    /** One word of the shell there. */
    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
