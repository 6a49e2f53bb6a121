package org.factoredos.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import org.factoredos.gateway.FileTree.Entry;
import org.factoredos.gateway.FileTree.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Copies as {@code cp -r} does.
 *
 * <p>A file's bytes go to a sibling of it first, which then takes its name: whoever looks at that name sees the old file
 * or the whole new one, however the copy ends.
 */
public final class TreeCopy {
    /** Several of SFTP's pieces, so that they go out together. */
    private static final int PIECE_BYTES = 1 << 20;

    private final FileTree from;
    private final FileTree to;
    private final LongAdder copied = new LongAdder();
    private final List<String> skipped = new ArrayList<>();
    private final byte[] piece = new byte[PIECE_BYTES];
    /** The sibling that is being written. */
    private volatile @Nullable String draft;

    public TreeCopy(FileTree from, FileTree to) {
        this.from = from;
        this.to = to;
    }

    /** How many bytes have been copied so far; any thread. */
    public long copiedBytes() {
        return copied.sum();
    }

    /**
     * Into {@code target} where that is a directory, and else to that very name.
     *
     * @return what was left out, for it is neither a file nor a directory
     */
    public List<String> copy(String source, String target) throws IOException {
        Kind kind = from.kind(source);
        if (kind == Kind.MISSING) {
            throw new IOException(source + ": no such file or directory");
        }
        if (kind != Kind.DIRECTORY && source.endsWith("/")) {
            throw new IOException(source + ": is no directory");
        }
        Kind there = to.kind(target);
        if (there == Kind.DIRECTORY) {
            String inside = FileTree.join(target, name(source));
            copyEntry(source, kind, inside, to.kind(inside));
        } else if (kind == Kind.DIRECTORY && there != Kind.MISSING) {
            throw new IOException(target + ": is no directory, so it cannot take " + source);
        } else if (kind != Kind.DIRECTORY && target.endsWith("/")) {
            throw new IOException(target + ": no such directory; make it first, or leave the slash away");
        } else {
            copyEntry(source, kind, target, there);
        }
        return skipped;
    }

    /** The last part of a path; of one that has no name of its own, what stands for the directory itself. */
    private static String name(String path) {
        String plain = path.replaceAll("/+$", "");
        String name = plain.substring(plain.lastIndexOf('/') + 1);
        return name.isEmpty() ? "." : name;
    }

    /** @param there what {@code target} is */
    private void copyEntry(String source, Kind kind, String target, Kind there) throws IOException {
        switch (kind) {
            case FILE -> copyFile(source, target, there);
            case DIRECTORY -> copyDirectory(source, target, there);
            case SPECIAL -> skipped.add(source);
            case MISSING -> {} // It was removed since it was listed.
        }
    }

    private void copyDirectory(String source, String target, Kind there) throws IOException {
        boolean made = there == Kind.MISSING;
        if (made) {
            to.makeDirectory(target);
        } else if (there != Kind.DIRECTORY) {
            throw new IOException(target + ": is no directory, so it cannot take " + source);
        }
        for (Entry entry : from.list(source)) {
            String inside = FileTree.join(target, entry.name());
            copyEntry(FileTree.join(source, entry.name()), entry.kind(), inside, made ? Kind.MISSING : to.kind(inside));
        }
    }

    private void copyFile(String source, String target, Kind there) throws IOException {
        if (there == Kind.DIRECTORY) {
            throw new IOException(target + ": is a directory, so it cannot become the file " + source);
        }
        String sibling = sibling(target);
        try (InputStream in = from.read(source)) {
            if (there == Kind.SPECIAL) {
                pour(in, target); // A device or a pipe takes bytes, and must keep its place.
                return;
            }
            draft = sibling;
            pour(in, sibling);
            to.replace(sibling, target);
            draft = null;
        } catch (IOException e) {
            abandon();
            throw new IOException(String.valueOf(e.getMessage()).replace(sibling, target), e);
        }
    }

    private void pour(InputStream in, String target) throws IOException {
        try (OutputStream out = to.write(target)) {
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                out.write(piece, 0, count);
                copied.add(count);
            }
        }
    }

    /** A name of its own length, for the file's may be as long as names can be. */
    private static String sibling(String path) {
        String number = Long.toHexString(RandomGenerator.getDefault().nextLong());
        return path.substring(0, path.lastIndexOf('/') + 1) + ".fos-cp-" + number;
    }

    /** Removes what is half written, where that can be done; any thread. */
    public void abandon() {
        String half = draft;
        draft = null;
        if (half != null) {
            try {
                to.remove(half);
            } catch (IOException e) {
                // The other end has gone: the sibling stays, under a name that says whose it is.
            }
        }
    }
}
