package org.factoredos.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.factoredos.node.Equipment;
import org.factoredos.node.Node;
import org.factoredos.node.Settings;
import org.factoredos.server.Device;
import org.factoredos.shell.Commands;

/** A grid of one node in this process, which sees the host's files. */
record EmbeddedGrid(Node node) implements Grids.Embedded {
    static Grids.Embedded start(Settings settings, Device console, String version) throws Node.CannotStart {
        Equipment equipment =
                new Equipment(console, name -> Commands.programs().get(name), Optional.of(Path.of("/")), version);
        return new EmbeddedGrid(Node.start(settings, equipment));
    }

    @Override
    public CompletableFuture<Integer> run(String program, List<String> arguments) {
        return node.running().start(program, arguments).exit();
    }

    @Override
    public void close() {
        node.close();
    }
}
