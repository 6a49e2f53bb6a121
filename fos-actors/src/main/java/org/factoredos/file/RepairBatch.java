package org.factoredos.file;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.file.VolumeTree.Chunk;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Incarnation;
import org.jspecify.annotations.Nullable;

/** Some chunks that follow each other, and how far {@link Repairs} has come with them. */
final class RepairBatch {
    enum Step {
        LOOKING,
        COPYING,
        SYNCING
    }

    /** A chunk on its way to other disks. */
    static final class Copy {
        final Chunk from;
        List<Incarnation> targets = List.of();

        @Nullable
        Chunk to;

        boolean failed;

        Copy(Chunk from) {
            this.from = from;
        }
    }

    final long number;
    final List<Chunk> chunks;
    /** The disks that have each chunk; none for a chunk of which a disk has not said whether it has it. */
    final Map<ChunkId, List<NodeId>> holders = new LinkedHashMap<>();

    final Map<ChunkId, Copy> copies = new LinkedHashMap<>();
    Step step = Step.LOOKING;
    int awaited;

    RepairBatch(long number, List<Chunk> chunks) {
        this.number = number;
        this.chunks = chunks;
        chunks.forEach(chunk -> holders.put(chunk.id(), new ArrayList<>()));
    }

    /** Which chunks each of the nodes in {@code live} is to hold. */
    Map<NodeId, List<ChunkId>> wanted(Iterable<Incarnation> live) {
        Map<NodeId, List<ChunkId>> wanted = new TreeMap<>();
        for (Chunk chunk : chunks) {
            for (Incarnation member : live) {
                if (chunk.version().replicas().contains(member.node())) {
                    wanted.computeIfAbsent(member.node(), n -> new ArrayList<>())
                            .add(chunk.id());
                }
            }
        }
        return wanted;
    }

    /** What has been put on each disk. */
    Map<NodeId, List<ChunkId>> put() {
        Map<NodeId, List<ChunkId>> put = new TreeMap<>();
        for (Copy copy : copies.values()) {
            Chunk to = copy.to;
            if (to != null && !copy.failed) {
                to.version()
                        .replicas()
                        .forEach(node -> put.computeIfAbsent(node, n -> new ArrayList<>())
                                .add(to.id()));
            }
        }
        return put;
    }
}
