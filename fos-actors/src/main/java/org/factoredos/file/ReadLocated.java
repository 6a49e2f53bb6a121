package org.factoredos.file;

import java.util.List;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Payload;

/**
 * An owner's answer to a front that passed a read on: which bytes of which versions it is, for the front to fetch from the
 * nearest disks. The read takes place as this is said; no later write changes a version.
 *
 * @param length how many bytes the read has; where no piece lies they are zeros
 */
public record ReadLocated(int length, List<Piece> pieces) implements Payload {
    /**
     * Some bytes of one version.
     *
     * @param at where they begin in the read
     * @param from where they begin in the chunk
     */
    public record Piece(int at, int from, int length, ChunkId chunk, List<NodeId> replicas) {
        public Piece {
            replicas = List.copyOf(replicas);
        }
    }

    public ReadLocated {
        pieces = List.copyOf(pieces);
    }

    @Override
    public int bytes() {
        return 64 + 128 * pieces.size();
    }
}
