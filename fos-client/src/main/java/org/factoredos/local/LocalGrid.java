package org.factoredos.local;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A grid that {@code up} has started: what {@code ~/.fos/run/grid.json} holds.
 *
 * @param data the folder that holds each node's, and the journal's
 */
public record LocalGrid(String data, String tiles, Journal journal, List<Member> nodes) {
    /**
     * Where the owners' journal is.
     *
     * @param server the process that keeps its database running; null where the database is somebody else's
     */
    public record Journal(
            String url,
            String user,
            String password,
            @Nullable ProcessRef server) {}

    /**
     * One node; all its ports are on {@code host}.
     *
     * @param process null before its first start
     */
    public record Member(
            String host,
            int port,
            int httpPort,
            int sshPort,
            @Nullable ProcessRef process) {
        @JsonIgnore
        public boolean lives() {
            return process != null && process.living().isPresent();
        }

        Member startedAs(ProcessRef started) {
            return new Member(host, port, httpPort, sshPort, started);
        }

        public String ssh() {
            return host + ":" + sshPort;
        }

        public String http() {
            return host + ":" + httpPort;
        }
    }

    private static final String NODE = "node-";

    public LocalGrid {
        nodes = List.copyOf(nodes);
    }

    LocalGrid with(int index, Member member) {
        List<Member> changed = new ArrayList<>(nodes);
        changed.set(index, member);
        return new LocalGrid(data, tiles, journal, changed);
    }

    LocalGrid with(Journal moved) {
        return new LocalGrid(data, tiles, moved, nodes);
    }

    /** What the environment variable FOS_NODES is for each of them. */
    String contacts() {
        return nodes.stream().map(Member::http).collect(Collectors.joining(","));
    }

    Path folderOf(int index) {
        return Path.of(data, NODE + (index + 1));
    }

    /** How many nodes have data in the folder of a grid. */
    static int nodesIn(Path data) throws IOException {
        if (!Files.isDirectory(data)) {
            return 0;
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(data, NODE + "*")) {
            int nodes = 0;
            for (Path _ : folders) {
                nodes++;
            }
            return nodes;
        }
    }

    /** Whether any of its processes lives: a node, or the journal's server alone. */
    @JsonIgnore
    public boolean lives() {
        return nodes.stream().anyMatch(Member::lives)
                || (journal.server() != null && journal.server().living().isPresent());
    }
}
