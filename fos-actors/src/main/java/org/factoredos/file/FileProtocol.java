package org.factoredos.file;

import java.util.List;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;

/**
 * What the file system fleet may be asked, and what it answers.
 *
 * <p>Paths are absolute, their parts separated by single slashes, without {@code .} and {@code ..}: libfos resolves those.
 * A server keeps nothing between two requests (§3.2.1): an open file is its {@link FileId}, and each read and write says
 * where. Any server that serves a tree, the host driver among them, speaks this protocol.
 */
public interface FileProtocol {
    /** The most bytes that one read or write carries; libfos splits longer ones. */
    int LARGEST_TRANSFER_BYTES = 256 * 1024;

    sealed interface Request<R extends Reply> extends Payload.Request<R> {}

    sealed interface Reply extends Payload {}

    enum Kind {
        FILE,
        DIRECTORY
    }

    /** A file or directory of a volume, whatever its path becomes. */
    record FileId(String volume, long number) {}

    record Status(FileId id, Kind kind, long sizeBytes, long modifiedMillis) {}

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

    record OpenFile(String path, OpenMode mode) implements Request<OpenReply> {}

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

    record StatFile(FileId file) implements Request<StatReply> {}

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

    sealed interface OpenReply extends Reply {}

    sealed interface ReadReply extends Reply {}

    sealed interface WriteReply extends Reply {}

    sealed interface ChangeReply extends Reply {}

    sealed interface StatReply extends Reply {}

    sealed interface ListReply extends Reply {}

    record FileOpened(Status status) implements OpenReply {}

    /** Fewer bytes than asked for, or none, only at the file's end. */
    record FileRead(Bytes data) implements ReadReply {
        @Override
        public int bytes() {
            return 64 + data.length();
        }
    }

    /** {@code endOffset}: the offset behind the last byte written. */
    record FileWritten(long endOffset) implements WriteReply {}

    record Changed() implements ChangeReply {}

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

    /** A definite failure: nothing changed. */
    record Refused(FileError error) implements OpenReply, ReadReply, WriteReply, ChangeReply, StatReply, ListReply {}
}
