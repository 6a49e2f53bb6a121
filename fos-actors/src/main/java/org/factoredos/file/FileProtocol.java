package org.factoredos.file;

import java.util.List;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Payload;
import org.jspecify.annotations.Nullable;

/**
 * What the file system fleet may be asked, and what it answers.
 *
 * <p>Paths are absolute, their parts separated by single slashes, without {@code .} and {@code ..}: libfos resolves those.
 * A server keeps nothing between two requests (§3.2.1): an open file is its {@link FileId}, and each read and write says
 * where. Any server that serves a tree, the host driver among them, speaks this protocol.
 *
 * <p>Who asks is the protection domain (§3.1.2) that the asker's microkernel has put on the envelope; what a file's
 * {@link FileMode} does not allow it is refused with {@link FileError#EACCES}, at every request anew. Symbolic links on the
 * way are followed; the last part of a path too, unless it says otherwise.
 */
public interface FileProtocol {
    /** The most bytes that one read or write carries; libfos splits longer ones. */
    int LARGEST_TRANSFER_BYTES = 256 * 1024;

    sealed interface Request<R extends Reply> extends Payload.Request<R> {}

    sealed interface Reply extends Payload {}

    enum Kind {
        FILE,
        DIRECTORY,
        SYMBOLIC_LINK,
        /** What is read or written there comes from a driver, or goes nowhere; it has no size. */
        DEVICE
    }

    /** A file or directory of a volume, whatever its path becomes. */
    record FileId(String volume, long number) {}

    /** The terminal of whoever opens it, which that reads and writes itself: no file server knows whose it is. */
    FileId CONSOLE = new FileId("/dev", 31);

    record Status(FileId id, Kind kind, long sizeBytes, long modifiedMillis, Attributes attributes) {}

    /**
     * What else is known of a file.
     *
     * @param owner the domain that it belongs to
     * @param mode see {@link FileMode}
     * @param links how many names it has; 1 for a directory
     * @param allocatedBytes what its chunks hold, each counted once; holes hold nothing
     * @param changedMillis when it, its names or its attributes were changed last
     * @param accessedMillis as somebody set it, and else when it was modified: a read leaves no trace
     */
    record Attributes(
            String owner, int mode, int links, long allocatedBytes, long changedMillis, long accessedMillis) {}

    /** What is to be set; null for what stays as it is. */
    record NewAttributes(
            @Nullable Integer mode,
            @Nullable String owner,
            @Nullable Long modifiedMillis,
            @Nullable Long accessedMillis) {
        public static NewAttributes ofMode(int mode) {
            return new NewAttributes(mode, null, null, null);
        }

        public static NewAttributes ofOwner(String owner) {
            return new NewAttributes(null, owner, null, null);
        }

        public static NewAttributes ofTimes(@Nullable Long modifiedMillis, @Nullable Long accessedMillis) {
            return new NewAttributes(null, null, modifiedMillis, accessedMillis);
        }
    }

    record Entry(String name, Status status) {}

    /** What {@link OpenFile} does where the file is missing, and where it is there. */
    enum OpenMode {
        /** The file must be there. */
        EXISTING,
        /** Made where it is missing. */
        CREATE,
        /** Made where it is missing, emptied where it is there. */
        CREATE_OR_TRUNCATE,
        /** Made; it must not be there. */
        CREATE_NEW
    }

    /** What a file is opened for; without either it need only be there. */
    enum Access {
        NONE(0),
        READ(FileMode.READ),
        WRITE(FileMode.WRITE),
        READ_AND_WRITE(FileMode.READ | FileMode.WRITE);

        private final int bits;

        Access(int bits) {
            this.bits = bits;
        }

        /** Which bits of a {@link FileMode} it takes. */
        int bits() {
            return bits;
        }

        /** What whoever says no more than the mode wants. */
        public static Access of(OpenMode mode) {
            return mode == OpenMode.EXISTING ? READ : WRITE;
        }
    }

    record OpenFile(String path, OpenMode mode, Access access) implements Request<OpenReply> {
        public OpenFile(String path, OpenMode mode) {
            this(path, mode, Access.of(mode));
        }
    }

    record ReadFile(FileId file, long offset, int length) implements Request<ReadReply> {}

    record WriteFile(FileId file, long offset, Bytes data) implements Request<WriteReply> {
        @Override
        public int bytes() {
            return 64 + data.length();
        }
    }

    /** Writes at the file's end, wherever that is when its owner decides; two appends never overlap. */
    record AppendFile(FileId file, Bytes data) implements Request<WriteReply> {
        @Override
        public int bytes() {
            return 64 + data.length();
        }
    }

    /** Cuts the file, or lengthens it with zeros. */
    record TruncateFile(FileId file, long sizeBytes) implements Request<ChangeReply> {}

    record StatPath(String path) implements Request<StatReply> {}

    /** Of a symbolic link at the path's end itself, not of where it leads. */
    record StatLink(String path) implements Request<StatReply> {}

    record StatFile(FileId file) implements Request<StatReply> {}

    /** What the symbolic link says; {@link FileError#EINVAL} where it is none. */
    record ReadLink(String path) implements Request<LinkReply> {}

    /** One more name for a file, in the same volume; a symbolic link at the end of {@code existing} is not followed. */
    record MakeLink(String existing, String path) implements Request<ChangeReply> {}

    /** {@code target} may be relative to the link's directory, and need not exist. */
    record MakeSymbolicLink(String target, String path) implements Request<ChangeReply> {}

    /**
     * Sets what its owner may set; the owner is for the operator to change.
     *
     * @param follow whether a symbolic link at the path's end is followed
     */
    record SetAttributes(String path, boolean follow, NewAttributes attributes) implements Request<ChangeReply> {}

    /** At most {@code limit} entries in name order, from the first behind {@code after} on ("" for the first of all). */
    record ListDirectory(String path, String after, int limit) implements Request<ListReply> {}

    record MakeDirectory(String path) implements Request<ChangeReply> {}

    /** Atomic inside a volume; an existing file at {@code to} is replaced. Between volumes: {@link FileError#EXDEV}. */
    record RenamePath(String from, String to) implements Request<ChangeReply> {}

    record UnlinkFile(String path) implements Request<ChangeReply> {}

    /** Removes an empty directory. */
    record RemoveDirectory(String path) implements Request<ChangeReply> {}

    /** Returns when all that was acknowledged of this file would survive a loss of power. */
    record SyncFile(FileId file) implements Request<ChangeReply> {}

    // Locks.

    /**
     * Locks bytes of a file for the asking process, until it unlocks them or ends. A lock keeps nobody from reading or writing,
     * only from a lock on the same bytes, unless both are shared. Nobody waits at a server: who finds another's lock asks again.
     *
     * @param lock a number of the asker's own, with which it unlocks; one that it has already is not taken twice
     * @param shared takes the right to read the file, and an exclusive one that to write it
     */
    record LockFile(FileId file, long lock, long from, long length, boolean shared) implements Request<LockReply> {}

    /** Also where there is no such lock. */
    record UnlockFile(FileId file, long lock) implements Request<ChangeReply> {}

    // Volumes.

    /** In place of a slice: the fleet chooses. */
    int ANY_SLICE = -1;

    /** Makes a volume that hangs at {@code path}, where nothing is yet; asks for the right to mount there. */
    record MakeVolume(String path, int slice) implements Request<ChangeReply> {}

    /** The volumes of one slice. */
    record ListVolumes(int slice) implements Request<VolumesReply> {}

    /** Where {@code path} lies. */
    record StatVolume(String path) implements Request<VolumesReply> {}

    /** The disks of all members. */
    record ReportDisks() implements Request<DisksReply> {}

    /**
     * How the search for damage goes in one slice.
     *
     * @param begin whether it is to begin, which the operator may want at any time
     */
    record ReportScrub(int slice, boolean begin) implements Request<ScrubReply> {}

    /** In place of a number of bytes: as many as there are. */
    long NO_LIMIT = -1;

    /** How many bytes a domain's files may take in the volume where {@code path} lies, for the operator to say. */
    record SetQuota(String path, String domain, long limitBytes) implements Request<ChangeReply> {}

    sealed interface OpenReply extends Reply {}

    sealed interface ReadReply extends Reply {}

    sealed interface WriteReply extends Reply {}

    sealed interface ChangeReply extends Reply {}

    sealed interface StatReply extends Reply {}

    sealed interface ListReply extends Reply {}

    sealed interface LinkReply extends Reply {}

    sealed interface LockReply extends Reply {}

    sealed interface VolumesReply extends Reply {}

    sealed interface DisksReply extends Reply {}

    sealed interface ScrubReply extends Reply {}

    record FileOpened(Status status) implements OpenReply {}

    /** Fewer bytes than asked for only at the file's end, or of a device; none only at the end. */
    record FileRead(Bytes data) implements ReadReply {
        @Override
        public int bytes() {
            return 64 + data.length();
        }
    }

    /** {@code endOffset}: the offset behind the last byte written. */
    record FileWritten(long endOffset) implements WriteReply {}

    record Changed() implements ChangeReply {}

    record Locked() implements LockReply {}

    /** A lock of that process is in the way, or an overlapping one of the asker's own. */
    record LockedBy(ClientId holder) implements LockReply {}

    record StatAnswered(Status status) implements StatReply {}

    record DirectoryListed(List<Entry> entries, boolean more) implements ListReply {
        public DirectoryListed {
            entries = List.copyOf(entries);
        }

        @Override
        public int bytes() {
            return 64 + 64 * entries.size();
        }
    }

    /**
     * Counted by this owner, in this round or the last.
     *
     * @param damaged copies of chunks that a disk has not got as they were put
     * @param repaired chunks that lie on other disks since
     * @param endedMillis when a round ended last; 0 for never
     */
    record ScrubReported(int slice, boolean running, long verified, long damaged, long repaired, long endedMillis)
            implements ScrubReply {}

    record LinkRead(String target) implements LinkReply {}

    /**
     * What one domain, with those below it, has in a volume.
     *
     * @param limitBytes {@link #NO_LIMIT} where nobody has said
     */
    record Share(String domain, long usedBytes, long limitBytes) {}

    /**
     * What a volume holds.
     *
     * @param path where it hangs
     */
    record VolumeStatus(String path, int slice, long files, long usedBytes, List<Share> shares) {
        public VolumeStatus {
            shares = List.copyOf(shares);
        }
    }

    record VolumesListed(List<VolumeStatus> volumes) implements VolumesReply {
        public VolumesListed {
            volumes = List.copyOf(volumes);
        }

        @Override
        public int bytes() {
            return 64
                    + volumes.stream()
                            .mapToInt(volume -> 128 + 64 * volume.shares().size())
                            .sum();
        }
    }

    /** A node's disk. Chunks may take what is free but for a reserve, which is counted as taken. */
    record DiskStatus(NodeId node, long totalBytes, long freeBytes) {}

    /**
     * How full the disks are.
     *
     * @param silent nodes whose disks have not answered
     */
    record DisksReported(List<DiskStatus> disks, List<NodeId> silent) implements DisksReply {
        public DisksReported {
            disks = List.copyOf(disks);
            silent = List.copyOf(silent);
        }
    }

    /** A definite failure: nothing changed. */
    record Refused(FileError error)
            implements OpenReply,
                    ReadReply,
                    WriteReply,
                    ChangeReply,
                    StatReply,
                    ListReply,
                    LinkReply,
                    LockReply,
                    VolumesReply,
                    DisksReply,
                    ScrubReply {}
}
