package org.factoredos.file;

import java.util.List;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.server.Event;

/** What happened to the volumes of a slice. Files and directories go by their number within their volume. */
public sealed interface VolumeEvent extends Event {
    /**
     * The version of a chunk that the map names.
     *
     * @param epoch with {@code counter}, which of the chunk's versions
     * @param length how many of its bytes count; a file that was cut says less than the disk holds
     * @param replicas the nodes whose disks hold it
     */
    record Version(long epoch, long counter, int length, List<NodeId> replicas) {
        public Version {
            replicas = List.copyOf(replicas);
        }
    }

    record Mapped(long index, Version version) {}

    /**
     * A new owner writes under a new number, so that none of its versions can be one that a predecessor left half done.
     *
     * @param writer no number that was used before, also by one whose beginning the journal lost with the power
     */
    record WriterBegun(long writer) implements VolumeEvent {}

    /** Somebody has mounted it, and somebody has gone there: it is there, with a root of that owner's. */
    record VolumeBegun(String volume, String owner, long millis) implements VolumeEvent {}

    /**
     * Something new, under its first name.
     *
     * @param target of a symbolic link; for a directory the volume that hangs there; else empty
     */
    record EntryMade(
            String volume,
            long parent,
            String name,
            long number,
            Kind kind,
            String target,
            String owner,
            int mode,
            long millis)
            implements VolumeEvent {}

    /** One more name. */
    record EntryLinked(String volume, long parent, String name, long number, long millis) implements VolumeEvent {}

    /** What was at the new place has lost that name. */
    record EntryMoved(String volume, long fromParent, String from, long toParent, String to, long millis)
            implements VolumeEvent {}

    record EntryRemoved(String volume, long parent, String name, long millis) implements VolumeEvent {}

    /** The null ones of {@code attributes} stay as they are. */
    record AttributesSet(String volume, long number, NewAttributes attributes, long millis) implements VolumeEvent {}

    /** How much a domain, with those below it, may take of a volume; below zero for as much as there is. */
    record QuotaSet(String volume, String account, long bytes) implements VolumeEvent {}

    /** The commit of a write. */
    record ChunksMapped(String volume, long file, long sizeBytes, long millis, List<Mapped> chunks)
            implements VolumeEvent {
        public ChunksMapped {
            chunks = List.copyOf(chunks);
        }
    }

    /** Cut, or lengthened by zeros. */
    record FileResized(String volume, long file, long sizeBytes, long millis) implements VolumeEvent {}

    /** Somebody relies on what is on the disks: from now on no chunk of the file is replaced by one that is not synced. */
    record FileSynced(String volume, long file) implements VolumeEvent {}

    /** A chunk lies on other disks now, as another version of the same bytes. Its file has not changed. */
    record ChunkMoved(String volume, long file, long index, Version version, long millis) implements VolumeEvent {}

    /** Versions that no map named are not on the disk of {@code node} any more. */
    record VersionsDropped(NodeId node, List<ChunkId> versions) implements VolumeEvent {
        public VersionsDropped {
            versions = List.copyOf(versions);
        }
    }

    /**
     * Bytes of a file that a process has locked.
     *
     * @param holder where it ran as it asked
     * @param number the holder's own
     */
    record Lock(FileId file, Address holder, long number, long from, long length, boolean shared) {
        boolean isOf(ClientId client, FileId file, long number) {
            return this.number == number
                    && this.file.equals(file)
                    && holder.client().equals(client);
        }

        boolean clashes(Lock other) {
            return file.equals(other.file) && !(shared && other.shared) && from < other.end() && other.from < end();
        }

        private long end() {
            return length > Long.MAX_VALUE - from ? Long.MAX_VALUE : from + length;
        }
    }

    record LockTaken(Lock lock) implements VolumeEvent {}

    record LocksReleased(List<Lock> locks) implements VolumeEvent {
        public LocksReleased {
            locks = List.copyOf(locks);
        }
    }
}
