package org.factoredos.kernel;

import java.util.Optional;
import java.util.regex.Pattern;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.jspecify.annotations.Nullable;

/**
 * A mailbox of a client, and the automatic name of §3.4: its text routes without a lookup.
 *
 * <p>Prints as {@code @n2:3,5/2.3.7#41}: seen on tile 3,5 of node 2; client 7 of node 2's third boot; mailbox 41. The
 * tile is a hint, stale once the client has migrated, so it is no part of the address's identity.
 */
public record Address(ClientId client, int mailbox, TileId tile) implements Destination {
    private static final Pattern TEXT =
            Pattern.compile("@(n\\d{1,9}:\\d{1,5},\\d{1,5})/(\\d{1,9})\\.(\\d{1,9})\\.(\\d{1,9})#(\\d{1,9})");

    /** Where the microkernel of {@code tile} takes requests in this life of its node; known without asking anyone. */
    public static Address ofShim(Incarnation life, Grid grid, TileId tile) {
        return new Address(ClientId.ofShim(life, grid, tile), Client.FIRST_MAILBOX, tile);
    }

    /** Where a server that boot places on {@code tile} takes requests in this life of its node; known likewise. */
    public static Address ofBootstrap(Incarnation life, Grid grid, TileId tile) {
        return new Address(ClientId.ofBootstrap(life, grid, tile), Client.FIRST_MAILBOX, tile);
    }

    /** Whether a name's text is a mailbox's automatic one, or would be. */
    public static boolean isAutomatic(String name) {
        return name.startsWith("@");
    }

    /** Reads what {@link #toString} prints; empty for any other text. */
    public static Optional<Address> parse(String text) {
        var match = TEXT.matcher(text);
        if (!match.matches() || Integer.parseInt(match.group(2)) < 1) {
            return Optional.empty();
        }
        return TileId.parse(match.group(1)).map(tile -> {
            NodeId home = new NodeId(Integer.parseInt(match.group(2)));
            int boot = Integer.parseInt(match.group(3));
            int number = Integer.parseInt(match.group(4));
            return new Address(new ClientId(home, boot, number), Integer.parseInt(match.group(5)), tile);
        });
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Address that && mailbox == that.mailbox && client.equals(that.client);
    }

    @Override
    public int hashCode() {
        return 31 * client.hashCode() + mailbox;
    }

    @Override
    public String toString() {
        ClientId id = client;
        return "@" + tile + "/" + id.node().number() + "." + id.boot() + "." + id.number() + "#" + mailbox;
    }
}
