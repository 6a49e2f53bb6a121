package org.factoredos.file;

import java.util.List;
import java.util.TreeMap;
import org.factoredos.file.FileProtocol.Attributes;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.file.VolumeEvent.Version;
import org.jspecify.annotations.Nullable;

/** A file, a directory or a symbolic link of a volume. */
final class TreeNode {
    final long number;
    final Kind kind;
    /** What a symbolic link says; for a directory at which a volume hangs, that volume. Else empty. */
    final String target;

    /** The directories that name it, each as often as it does; of a directory the one. */
    List<Long> parents = List.of();

    String owner;
    int mode;
    long sizeBytes;
    long allocatedBytes;
    long modifiedMillis;
    long changedMillis;
    long accessedMillis;
    boolean synced;
    final TreeMap<String, Long> entries = new TreeMap<>();
    final TreeMap<Long, Version> chunks = new TreeMap<>();

    TreeNode(long number, Kind kind, String target, String owner, int mode, long millis) {
        this.number = number;
        this.kind = kind;
        this.target = target;
        this.owner = owner;
        this.mode = mode;
        this.sizeBytes = kind == Kind.SYMBOLIC_LINK ? Place.bytes(target) : 0;
        this.modifiedMillis = millis;
        this.changedMillis = millis;
        this.accessedMillis = millis;
    }

    boolean directory() {
        return kind == Kind.DIRECTORY;
    }

    boolean symbolicLink() {
        return kind == Kind.SYMBOLIC_LINK;
    }

    /** Whether another volume hangs there. */
    boolean mount() {
        return directory() && !target.isEmpty();
    }

    /** Why its bytes cannot be read or written; null where it has some. */
    @Nullable
    FileError withoutBytes() {
        return switch (kind) {
            case FILE, DEVICE -> null; // No owner's volume has a device.
            case DIRECTORY -> FileError.EISDIR;
            case SYMBOLIC_LINK -> FileError.EINVAL;
        };
    }

    void modified(long millis) {
        modifiedMillis = millis;
        changedMillis = millis;
        accessedMillis = Math.max(accessedMillis, millis);
    }

    Status status(String volume) {
        int links = Math.max(1, parents.size());
        return new Status(
                new FileId(volume, number),
                kind,
                sizeBytes,
                modifiedMillis,
                new Attributes(owner, mode, links, allocatedBytes, changedMillis, accessedMillis));
    }
}
