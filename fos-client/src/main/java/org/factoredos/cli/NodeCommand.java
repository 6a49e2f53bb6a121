package org.factoredos.cli;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.factoredos.gateway.SshGateway;
import org.factoredos.lib.Program;
import org.factoredos.node.Equipment;
import org.factoredos.node.Node;
import org.factoredos.node.Settings;
import org.factoredos.terminal.StreamConsole;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * One node of a grid in the foreground, until it is told to stop.
 *
 * <p>A node that the others have removed (they could not reach it for too long) comes back by itself, as a new incarnation.
 */
@Command(
        name = "node",
        description = "Runs one node of a grid in the foreground, as the environment says; SIGTERM stops it cleanly.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        footer = {
            "",
            "FOS_NODES lists HOST:PORT of the status pages of the nodes that the grid begins with. FOS_HOST, FOS_PORT and",
            "FOS_HTTP_PORT are this node's own, FOS_DATA its data folder, FOS_TILES its mesh, FOS_JOURNAL_URL,",
            "FOS_JOURNAL_USER and FOS_JOURNAL_PASSWORD the journal's database, the same for all nodes."
        })
final class NodeCommand implements Callable<Integer> {
    /** The journal, or the others, may be away for as long as the network was. */
    private static final long RETRY_MILLIS = 2000;

    private final Map<String, ? extends Program> programs;

    @Spec
    private @Nullable CommandSpec spec;

    /** @param programs what can be run on the node, by name */
    NodeCommand(Map<String, ? extends Program> programs) {
        this.programs = programs;
    }

    @Override
    public Integer call() throws Exception {
        Settings settings = Settings.load();
        StreamConsole nobody = new StreamConsole(
                InputStream.nullInputStream(), OutputStream.nullOutputStream(), System.err, failure -> {});
        SshGateway gateway = new SshGateway();
        Equipment equipment = new Equipment(nobody, name -> program(gateway, name), Optional.empty(), Main.version());
        Node node = Node.start(settings, equipment, this::say);
        while (true) {
            if (settings.sshKeys().isPresent()) {
                gateway.open(door(settings, settings.sshKeys().get()), node.running());
            }
            node.announce();
            say("node " + node.incarnation() + " serves");
            node.expelled().toCompletableFuture().join();
            say("removed from the grid; coming back as a new incarnation");
            gateway.close();
            node.close();
            node = comeBack(settings, equipment);
        }
    }

    private @Nullable Program program(SshGateway gateway, String name) {
        Program terminal = gateway.program(name);
        return terminal == null ? programs.get(name) : terminal;
    }

    private static SshGateway.Door door(Settings settings, Path keys) {
        Path data = settings.data();
        return new SshGateway.Door(
                settings.host(), settings.sshPort(), data.resolve("ssh-host-key"), keys, data.resolve("history"));
    }

    private Node comeBack(Settings settings, Equipment equipment) throws InterruptedException {
        while (true) {
            try {
                return Node.start(settings, equipment, this::say);
            } catch (Node.CannotStart e) {
                say(e.getMessage() + "; trying again");
                TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
            }
        }
    }

    private void say(String line) {
        PrintWriter err = Main.specOf(spec).commandLine().getErr();
        err.println("fos: " + line);
        err.flush();
    }
}
