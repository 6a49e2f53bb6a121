package org.factoredos.local;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/** {@code ~/.fos/run/grid.json}: how the grid of {@code up} is found again. Readable by its owner alone. */
public final class RunFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final Path file;

    /** @param folder where grids that run are noted, such as {@code ~/.fos/run} */
    public RunFile(Path folder) {
        this.folder = folder;
        this.file = folder.resolve("grid.json");
    }

    /** Empty where no grid is noted. */
    public Optional<LocalGrid> read() throws IOException {
        try {
            return Optional.of(JSON.readValue(Files.readString(file), LocalGrid.class));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IOException("the file " + file + " is no note of a grid: stop its processes, then delete it", e);
        }
    }

    void write(LocalGrid grid) throws IOException {
        Path draft = folder.resolve("grid.json.new");
        Files.deleteIfExists(draft);
        Files.createFile(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(draft, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(grid) + "\n");
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    }

    void delete() throws IOException {
        Files.deleteIfExists(file);
    }

    /** One command at a time starts or stops the grid; the lock ends with its process. */
    AutoCloseable lock() throws IOException {
        Files.createDirectories(folder);
        FileChannel channel =
                FileChannel.open(folder.resolve("grid.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock();
        if (lock == null) {
            channel.close();
            throw new IOException("another ./fos is starting or stopping the grid: wait for it, then try again");
        }
        return channel;
    }
}
