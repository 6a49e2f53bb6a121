package org.factoredos.file;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.factoredos.driver.BlockProtocol;
import org.factoredos.file.VolumeEvent.Version;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Incarnation;
import org.jspecify.annotations.Nullable;

/** How far the write at the head of its file's queue has come. */
final class WriteRun {
    final long number;
    final Writes.Write write;
    final long offset;
    final Map<Long, Bytes> fresh = new TreeMap<>();
    final Map<Long, Version> versions = new TreeMap<>();
    final Set<NodeId> avoided = new LinkedHashSet<>();
    List<Incarnation> targets = List.of();
    boolean synced;
    int awaited;

    @Nullable
    FileError error;

    WriteRun(long number, Writes.Write write, long offset) {
        this.number = number;
        this.write = write;
        this.offset = offset;
    }

    long end() {
        return offset + write.data().length();
    }

    /** How many bytes more the file's chunks will hold. */
    long growth(TreeNode node) {
        long growth = 0;
        for (long index = offset / BlockProtocol.CHUNK_BYTES;
                index <= (end() - 1) / BlockProtocol.CHUNK_BYTES;
                index++) {
            Version old = node.chunks.get(index);
            long until = Math.min(end() - index * BlockProtocol.CHUNK_BYTES, BlockProtocol.CHUNK_BYTES);
            growth += Math.max(0, until - (old == null ? 0 : old.length()));
        }
        return growth;
    }

    /** {@code old} with the write's bytes over it, and zeros where there was nothing. */
    Bytes merged(long index, Bytes old) {
        long begin = index * BlockProtocol.CHUNK_BYTES;
        int from = (int) (Math.max(offset, begin) - begin);
        int to = (int) (Math.min(end(), begin + BlockProtocol.CHUNK_BYTES) - begin);
        int source = (int) (begin + from - offset);
        if (from == 0 && to >= old.length()) {
            return write.data().slice(source, to);
        }
        byte[] all = new byte[Math.max(to, old.length())];
        old.copyTo(0, all, 0, old.length());
        write.data().copyTo(source, all, from, to - from);
        return Bytes.owning(all);
    }
}
