package org.factoredos.server;

import java.util.Optional;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientHost;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Microkernel;
import org.factoredos.kernel.PackedClient;
import org.factoredos.kernel.Payload;

/**
 * The rule by which each bootstrap server has its tile, and with that an address that is known without asking anyone.
 *
 * <p>The first tiles of every node, row by row, are kept for them and never given to programs; those of the owners are
 * kept on every node, for a slice may move to any.
 *
 * @param index the number of the tile within its node, row by row from 0
 */
public record Reserved(int index) {
    public static final Reserved LEASE = new Reserved(0);
    public static final Reserved NAME_FRONT = new Reserved(1);
    public static final Reserved FILE_FRONT = new Reserved(2);
    public static final Reserved PLACEMENT = new Reserved(3);
    public static final Reserved CONSOLE = new Reserved(4);
    public static final Reserved BLOCK = new Reserved(5);
    public static final Reserved HOST = new Reserved(6);
    public static final Reserved PRIVILEGE_FRONT = new Reserved(7);
    public static final Reserved MEMORY = new Reserved(8);
    public static final Reserved NETWORK = new Reserved(9);
    public static final Reserved NETWORK_CARD = new Reserved(10);
    public static final Reserved CLOCK = new Reserved(11);
    public static final Reserved ENTROPY = new Reserved(12);

    /** Fixed when the grid is made, for they decide where each name's, each volume's and each domain's truth is. */
    public static final int NAME_SLICES = 4;

    public static final int FILE_SLICES = 4;
    public static final int PRIVILEGE_SLICES = 2;
    private static final int FIRST_OWNER = 13;

    /** How many tiles of each node are kept; a node has more, or no program could run. */
    public static final int COUNT = FIRST_OWNER + NAME_SLICES + FILE_SLICES + PRIVILEGE_SLICES;

    public static Reserved nameOwner(int slice) {
        return new Reserved(FIRST_OWNER + checked(slice, NAME_SLICES));
    }

    public static Reserved fileOwner(int slice) {
        return new Reserved(FIRST_OWNER + NAME_SLICES + checked(slice, FILE_SLICES));
    }

    public static Reserved privilegeOwner(int slice) {
        return new Reserved(FIRST_OWNER + NAME_SLICES + FILE_SLICES + checked(slice, PRIVILEGE_SLICES));
    }

    /** Whether {@code tile} is kept for a bootstrap server. */
    public static boolean keeps(Grid grid, TileId tile) {
        return grid.indexOf(tile) < COUNT;
    }

    /** What {@code tile} is kept for; empty for the tiles of programs. */
    public static Optional<Reserved> of(Grid grid, TileId tile) {
        return keeps(grid, tile) ? Optional.of(new Reserved(grid.indexOf(tile))) : Optional.empty();
    }

    /** Runs what {@code host} does, but on no tile that is kept: whoever asks a microkernel, space is not theirs there. */
    public static ClientHost elsewhere(ClientHost host) {
        return new ClientHost() {
            @Override
            public Client start(Microkernel tile, Payload spec) {
                refuseKept(tile);
                return host.start(tile, spec);
            }

            @Override
            public Arrival install(Microkernel tile, Payload spec, PackedClient packed) {
                refuseKept(tile);
                return host.install(tile, spec, packed);
            }
        };
    }

    private static void refuseKept(Microkernel tile) {
        of(tile.interconnect().grid(), tile.tile()).ifPresent(server -> {
            throw new IllegalArgumentException(tile.tile() + " is kept for the " + server);
        });
    }

    public TileId tile(NodeId node, Grid grid) {
        if (grid.tilesPerNode() <= COUNT) {
            throw new IllegalArgumentException(
                    "a node has more than " + COUNT + " tiles, not " + grid.width() + "x" + grid.height());
        }
        return new TileId(node, index % grid.width(), index / grid.width());
    }

    /** Where the server takes requests on that node in that life of it. */
    public Address address(Incarnation node, Grid grid) {
        return Address.ofBootstrap(node, grid, tile(node.node(), grid));
    }

    /** The protection domain (§3.1.2) that the server acts in: its fleet's. */
    public String domain() {
        return switch (index) {
            case 0 -> "sys:lease";
            case 1 -> "sys:names";
            case 2 -> "sys:fs";
            case 3 -> "sys:placement";
            case 4 -> "sys:console";
            case 5 -> "sys:block";
            case 6 -> "sys:host";
            case 7 -> "sys:privileges";
            case 8 -> "sys:memory";
            case 9 -> "sys:net";
            case 10 -> "sys:nic";
            case 11 -> "sys:clock";
            case 12 -> "sys:entropy";
            default -> front().domain();
        };
    }

    /** The front of the fleet that an owner is of. */
    private Reserved front() {
        int owner = index - FIRST_OWNER;
        if (owner < NAME_SLICES) {
            return NAME_FRONT;
        }
        return owner < NAME_SLICES + FILE_SLICES ? FILE_FRONT : PRIVILEGE_FRONT;
    }

    /** What a tile listing calls it. */
    @Override
    public String toString() {
        int owner = index - FIRST_OWNER;
        return switch (index) {
            case 0 -> "lease server";
            case 1 -> "name front";
            case 2 -> "file front";
            case 3 -> "placement server";
            case 4 -> "console driver";
            case 5 -> "block driver";
            case 6 -> "host driver";
            case 7 -> "privilege front";
            case 8 -> "memory server";
            case 9 -> "network server";
            case 10 -> "network card driver";
            case 11 -> "clock driver";
            case 12 -> "entropy driver";
            default -> {
                if (owner < NAME_SLICES) {
                    yield "name owner " + owner;
                }
                yield owner < NAME_SLICES + FILE_SLICES
                        ? "file owner " + (owner - NAME_SLICES)
                        : "privilege owner " + (owner - NAME_SLICES - FILE_SLICES);
            }
        };
    }

    private static int checked(int slice, int slices) {
        if (slice < 0 || slice >= slices) {
            throw new IllegalArgumentException("there are slices 0 to " + (slices - 1) + ", not " + slice);
        }
        return slice;
    }
}
