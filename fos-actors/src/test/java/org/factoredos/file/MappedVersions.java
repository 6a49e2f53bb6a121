package org.factoredos.file;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.grid.NodeId;

/** What the map of an owner says: for tests that hold it against the disks. */
public final class MappedVersions {
    private MappedVersions() {}

    /** The disks that each version which counts should be on. */
    public static Map<ChunkId, List<NodeId>> of(FileOwner owner) {
        Map<ChunkId, List<NodeId>> versions = new LinkedHashMap<>();
        for (KeptTree tree : ((SliceState.KeptSlice) owner.snapshot()).trees()) {
            for (KeptTree.KeptNode node : tree.nodes()) {
                node.chunks()
                        .forEach(mapped -> versions.put(
                                new ChunkId(
                                        tree.volume(),
                                        node.number(),
                                        mapped.index(),
                                        mapped.version().epoch(),
                                        mapped.version().counter()),
                                mapped.version().replicas()));
            }
        }
        return versions;
    }
}
