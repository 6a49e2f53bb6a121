package org.factoredos.file;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.VolumeEvent.Mapped;

/**
 * A volume as a snapshot keeps it.
 *
 * @param limits how much each domain may take
 */
record KeptTree(
        String volume, long lastNumber, List<KeptNode> nodes, List<KeptEntry> entries, SortedMap<String, Long> limits) {
    record KeptNode(
            long number,
            Kind kind,
            String target,
            String owner,
            int mode,
            long sizeBytes,
            long modifiedMillis,
            long changedMillis,
            long accessedMillis,
            boolean synced,
            List<Mapped> chunks) {
        KeptNode {
            chunks = List.copyOf(chunks);
        }
    }

    /** A name in a directory. */
    record KeptEntry(long directory, String name, long number) {}

    KeptTree {
        nodes = List.copyOf(nodes);
        entries = List.copyOf(entries);
    }

    static KeptTree of(String volume, long lastNumber, Iterable<TreeNode> nodes, Shares shares) {
        List<KeptNode> kept = new ArrayList<>();
        List<KeptEntry> entries = new ArrayList<>();
        for (TreeNode node : nodes) {
            List<Mapped> chunks = new ArrayList<>();
            node.chunks.forEach((index, version) -> chunks.add(new Mapped(index, version)));
            kept.add(new KeptNode(
                    node.number,
                    node.kind,
                    node.target,
                    node.owner,
                    node.mode,
                    node.sizeBytes,
                    node.modifiedMillis,
                    node.changedMillis,
                    node.accessedMillis,
                    node.synced,
                    chunks));
            node.entries.forEach((name, number) -> entries.add(new KeptEntry(node.number, name, number)));
        }
        return new KeptTree(volume, lastNumber, kept, entries, new TreeMap<>(shares.limits()));
    }

    /** The node without its entries and chunks. */
    static TreeNode node(KeptNode kept) {
        TreeNode node = new TreeNode(
                kept.number(), kept.kind(), kept.target(), kept.owner(), kept.mode(), kept.modifiedMillis());
        node.sizeBytes = kept.sizeBytes();
        node.changedMillis = kept.changedMillis();
        node.accessedMillis = kept.accessedMillis();
        node.synced = kept.synced();
        return node;
    }
}
