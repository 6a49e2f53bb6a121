package org.factoredos.placement;

import java.util.Optional;
import java.util.regex.Pattern;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Incarnation;

/**
 * A process, by its client: no other ever has that number, for it contains the boot of the node that made it.
 *
 * <p>Prints as {@code 2.3.17}: client 17 of node 2's third boot.
 */
public record ProcessId(ClientId client) implements Comparable<ProcessId> {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,9})\\.(\\d{1,9})\\.(\\d{1,9})");

    /** Reads what {@link #toString} prints; empty for any other text. */
    public static Optional<ProcessId> parse(String text) {
        var match = TEXT.matcher(text);
        if (!match.matches() || Integer.parseInt(match.group(1)) < 1) {
            return Optional.empty();
        }
        NodeId node = new NodeId(Integer.parseInt(match.group(1)));
        int boot = Integer.parseInt(match.group(2));
        return Optional.of(new ProcessId(new ClientId(node, boot, Integer.parseInt(match.group(3)))));
    }

    /** The life of a node in which it runs: the placement server there knows it, and no other. */
    public Incarnation home() {
        return new Incarnation(client.node(), client.boot());
    }

    @Override
    public int compareTo(ProcessId other) {
        return client.compareTo(other.client);
    }

    @Override
    public String toString() {
        return client.node().number() + "." + client.boot() + "." + client.number();
    }
}
