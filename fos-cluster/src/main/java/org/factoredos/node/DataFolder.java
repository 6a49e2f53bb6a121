package org.factoredos.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Where one node keeps what outlives it, for one process at a time.
 *
 * <p>Layout: {@code format} (which versions of fos can read it), {@code boot} (how often a node has started on this data; its lock is the folder's), {@code identity} (which
 * node of which grid it is), {@code journal/} (the H2 file, where the journal is one), {@code chunks/} (the block
 * driver's), {@code log/}.
 *
 * <p>The boot count is what tells a node's lives apart: addresses, links and leases of an earlier one must reach nobody. So
 * it is counted up and forced to disk before anything is started, and the lock is held until all is stopped.
 */
public final class DataFolder implements AutoCloseable {
    /** Always the same length, within one sector: overwriting it in place cannot tear it. */
    private static final int COUNT_BYTES = 11;
    /** Of events, snapshots and which tiles are kept; another number for each change that an older journal does not survive. */
    private static final String FORMAT = "4";

    private final Path folder;
    private final FileChannel channel;
    private final int boot;

    private DataFolder(Path folder, FileChannel channel, int boot) {
        this.folder = folder;
        this.channel = channel;
        this.boot = boot;
    }

    /** The folder cannot be had; the message is one sentence for people that says what to do. */
    public static final class Unusable extends Exception {
        Unusable(Path folder, String why) {
            super("the data folder " + folder + " " + why);
        }

        Unusable(Path folder, String why, IOException cause) {
            this(folder, why);
            initCause(cause);
        }
    }

    /** Makes what is missing, takes the lock, and counts this boot. */
    public static DataFolder open(Path path) throws Unusable {
        Path folder = path.toAbsolutePath().normalize();
        if (folder.toString().contains(";")) {
            throw new Unusable(folder, "has a semicolon in its name, which ends H2's file name: choose another folder");
        }
        try {
            for (String part : new String[] {"journal", "chunks", "log"}) {
                Files.createDirectories(folder.resolve(part));
            }
            return locked(folder, folder.resolve("boot"));
        } catch (AccessDeniedException e) {
            throw new Unusable(folder, "cannot be written: give yourself the right to, or choose another folder", e);
        } catch (FileAlreadyExistsException e) {
            throw new Unusable(folder, "cannot be made, for " + e.getFile() + " is a file: choose another folder", e);
        } catch (IOException e) {
            throw new Unusable(folder, "cannot be used (" + why(e) + "): mend that, or choose another folder", e);
        }
    }

    private static DataFolder locked(Path folder, Path file) throws IOException, Unusable {
        boolean fresh = !Files.exists(file);
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (tryLock(channel).isEmpty()) {
                throw new Unusable(folder, "is in use by another fos: stop that one, or choose another folder");
            }
            Path format = folder.resolve("format");
            if (channel.size() == 0) {
                Files.writeString(
                        format, FORMAT, StandardOpenOption.CREATE, StandardOpenOption.DSYNC, StandardOpenOption.WRITE);
            }
            int boot = count(channel, folder);
            if (!Files.exists(format) || !Files.readString(format).strip().equals(FORMAT)) {
                throw new Unusable(
                        folder,
                        "is of another version of fos, whose journal this one cannot read: choose another folder");
            }
            if (fresh) {
                force(folder);
            }
            return new DataFolder(folder, channel, boot);
        } catch (IOException | Unusable | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static Optional<FileLock> tryLock(FileChannel channel) throws IOException {
        try {
            return Optional.ofNullable(channel.tryLock());
        } catch (OverlappingFileLockException e) {
            return Optional.empty(); // Another node of this very process.
        }
    }

    private static int count(FileChannel channel, Path folder) throws IOException, Unusable {
        ByteBuffer text = ByteBuffer.allocate(COUNT_BYTES);
        while (text.hasRemaining() && channel.read(text, text.position()) >= 0) {
            // Reads on: to the end, or as much as there ever is.
        }
        String before = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
        int boot;
        try {
            // Empty: the first boot, or one that was killed before it had counted itself.
            boot = before.isEmpty() ? 1 : Math.incrementExact(Integer.parseUnsignedInt(before));
        } catch (ArithmeticException | NumberFormatException e) {
            // Guessing could bring back addresses of an earlier life.
            throw new Unusable(
                    folder,
                    "holds a file boot that is not a number: restore the folder from a backup, or choose another");
        }
        ByteBuffer after = StandardCharsets.US_ASCII.encode("%010d%n".formatted(boot));
        while (after.hasRemaining()) {
            channel.write(after, after.position());
        }
        channel.force(true);
        return boot;
    }

    /** Makes the folder's entries durable; a file that was forced in it could be lost with its name. */
    private static void force(Path folder) throws IOException {
        try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    private static String why(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "nothing can be made there"; // Its message is the path alone.
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** Which node of which grid this data is; empty until the grid has given it a number. */
    public Optional<Identity> identity() throws Unusable {
        try {
            return Optional.of(Identity.parse(Files.readString(folder.resolve("identity"), StandardCharsets.US_ASCII)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new Unusable(folder, "cannot be read (" + why(e) + "): mend that, or choose another folder", e);
        } catch (IllegalArgumentException e) {
            throw new Unusable(
                    folder,
                    "holds a file identity that says no grid and node: restore the folder from a backup, or choose another");
        }
    }

    /** Says for good which node this data is. Survives the loss of power. */
    public void identify(Identity identity) throws IOException {
        Path draft = folder.resolve("identity.new");
        try (FileChannel out = FileChannel.open(
                draft, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer text = StandardCharsets.US_ASCII.encode(identity + System.lineSeparator());
            while (text.hasRemaining()) {
                out.write(text);
            }
            out.force(true);
        }
        Files.move(draft, folder.resolve("identity"), StandardCopyOption.ATOMIC_MOVE);
        force(folder);
    }

    /** How often a node has started on this data, this time included; at least 1. */
    public int boot() {
        return boot;
    }

    public Path folder() {
        return folder;
    }

    public Path journal() {
        return folder.resolve("journal");
    }

    public Path chunks() {
        return folder.resolve("chunks");
    }

    public Path log() {
        return folder.resolve("log");
    }

    /** Lets another process have the folder. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
