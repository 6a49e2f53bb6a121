package org.factoredos.driver;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.driver.BlockProtocol.ChunkPut;
import org.factoredos.driver.BlockProtocol.ChunkRead;
import org.factoredos.driver.BlockProtocol.ChunksDropped;
import org.factoredos.driver.BlockProtocol.ChunksLookedFor;
import org.factoredos.driver.BlockProtocol.ChunksSynced;
import org.factoredos.driver.BlockProtocol.Refused;
import org.factoredos.driver.BlockProtocol.Reply;
import org.factoredos.driver.BlockProtocol.SpaceReported;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Device;
import org.factoredos.server.DeviceRequest;
import org.rocksdb.FlushOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's disk: versions of chunks in RocksDB under a folder, each as its checksum and its bytes.
 *
 * <p>A put is answered once it is in the write-ahead log, which the operating system keeps if the process dies; {@code
 * Sync} forces the log to the disk. A small reserve of the disk is left free, so that a full one refuses puts before
 * RocksDB itself, which must still write its log to delete anything, comes to a stop. What is dropped while space
 * is scarce is given back to the file system at once; otherwise RocksDB does that when it next compacts.
 */
public final class ChunkStore implements Device, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChunkStore.class);

    /** Room for RocksDB to compact and to delete in. */
    public static final long RESERVE_BYTES = 256L * 1024 * 1024;

    /** Two threads keep a disk busy while another is in a sync; the machine's cores are for tiles. */
    private static final int THREADS = 3;

    private static final int WAITING = 4096;
    /** How many bytes may be put before the file system is asked again how full it is. */
    private static final long SPACE_CHECK_BYTES = 4L * 1024 * 1024;

    private static final long MEMORY_BYTES = 16L * 1024 * 1024;
    /** A file of chunks goes when all of them are dropped: smaller ones go sooner. */
    private static final long BLOB_FILE_BYTES = 32L * 1024 * 1024;

    /** Whether space is being given back, and whether more was dropped meanwhile. */
    private enum Reclaiming {
        NO,
        RUNNING,
        AGAIN
    }

    private final Path folder;
    private final long reserveBytes;
    private final LRUCache cache;
    private final Options options;
    private final WriteOptions logged = new WriteOptions();
    private final RocksDB db;
    private final ThreadPoolExecutor threads;
    private long putSinceCheck = SPACE_CHECK_BYTES; // Guarded by this.
    private boolean full; // Guarded by this.
    private final AtomicReference<Reclaiming> reclaiming = new AtomicReference<>(Reclaiming.NO);

    private ChunkStore(Path folder, long reserveBytes) throws RocksDBException {
        this.folder = folder;
        this.reserveBytes = reserveBytes;
        this.cache = new LRUCache(MEMORY_BYTES);
        this.options = new Options()
                .setCreateIfMissing(true)
                .setWriteBufferSize(MEMORY_BYTES)
                .setMaxOpenFiles(256)
                .setKeepLogFileNum(2)
                .setTableFormatConfig(new org.rocksdb.BlockBasedTableConfig().setBlockCache(cache))
                // Chunks go into files of their own, so that compaction moves keys and not 64 KiB values.
                .setEnableBlobFiles(true)
                .setMinBlobSize(4096)
                .setBlobFileSize(BLOB_FILE_BYTES)
                .setEnableBlobGarbageCollection(true);
        try {
            this.db = RocksDB.open(options, folder.toString());
        } catch (RocksDBException e) {
            options.close();
            cache.close();
            logged.close();
            throw e;
        }
        this.threads = new ThreadPoolExecutor(
                THREADS, THREADS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), task -> {
                    Thread thread = new Thread(task, "fos-disk");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /**
     * Opens the store, and makes it where there is none.
     *
     * @throws IOException with one sentence for people that names the folder
     */
    public static ChunkStore open(Path folder) throws IOException {
        return open(folder, RESERVE_BYTES);
    }

    static ChunkStore open(Path folder, long reserveBytes) throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new IOException(
                    "The data folder " + folder + " cannot be made; choose another or mend its rights.", e);
        }
        if (!Files.isWritable(folder)) {
            throw new IOException(
                    "The data folder " + folder + " cannot be written; choose another or mend its rights.");
        }
        RocksDB.loadLibrary();
        try {
            return new ChunkStore(folder, reserveBytes);
        } catch (RocksDBException e) {
            String why = String.valueOf(e.getMessage());
            if (why.contains("lock")) {
                throw new IOException(
                        "The data folder " + folder + " is in use by another fos; stop that one first.", e);
            }
            throw new IOException("The chunks in " + folder + " cannot be opened: " + why, e);
        }
    }

    @Override
    public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
        if (!(request instanceof BlockDevice operation)) {
            throw new IllegalArgumentException("a disk cannot " + request);
        }
        try {
            threads.execute(() -> done.accept(perform(operation)));
        } catch (RejectedExecutionException e) {
            done.accept(new Refused(threads.isShutdown() ? BlockError.IO : BlockError.BUSY));
        }
    }

    /** Waits for what has begun, and closes the files. */
    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
                LOG.warn("The disk in {} is still busy; it is left to the end of the process.", folder);
                return; // Closing below a running operation would crash the process.
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        db.close();
        options.close();
        cache.close();
        logged.close();
    }

    private Reply perform(BlockDevice operation) {
        try {
            return switch (operation) {
                case BlockDevice.Put(var chunk, var data, var checksum) -> put(chunk, data, checksum);
                case BlockDevice.Get(var chunk) -> get(chunk);
                case BlockDevice.Drop(var chunks) -> drop(chunks);
                case BlockDevice.Sync(var chunks) -> sync(chunks);
                case BlockDevice.Space() -> space();
                case BlockDevice.Verify(var chunks) -> verify(chunks);
                case BlockDevice.Look(var chunks) ->
                    new ChunksLookedFor(chunks.stream()
                            .filter(chunk -> !db.keyExists(key(chunk)))
                            .toList());
            };
        } catch (RocksDBException e) {
            return failed(e);
        } catch (IOException | RuntimeException e) {
            LOG.warn("The disk in {} failed.", folder, e);
            return new Refused(BlockError.IO);
        }
    }

    private Reply put(ChunkId chunk, Bytes data, int checksum) throws RocksDBException, IOException {
        if (full(data.length())) {
            return new Refused(BlockError.NO_SPACE);
        }
        byte[] value = new byte[Integer.BYTES + data.length()];
        ByteBuffer.wrap(value).putInt(checksum);
        data.copyTo(0, value, Integer.BYTES, data.length());
        db.put(logged, key(chunk), value);
        return new ChunkPut();
    }

    private Reply get(ChunkId chunk) throws RocksDBException {
        byte[] value = db.get(key(chunk));
        if (value == null) {
            return new Refused(BlockError.NO_SUCH_CHUNK);
        }
        if (value.length < Integer.BYTES) {
            return new Refused(BlockError.CORRUPT);
        }
        Bytes data = Bytes.owning(value).slice(Integer.BYTES, value.length - Integer.BYTES);
        return new ChunkRead(data, ByteBuffer.wrap(value).getInt());
    }

    private Reply drop(List<ChunkId> chunks) throws RocksDBException, IOException {
        try (WriteBatch batch = new WriteBatch()) {
            for (ChunkId chunk : chunks) {
                batch.delete(key(chunk));
            }
            db.write(logged, batch);
        }
        if (Files.getFileStore(folder).getUsableSpace() / 2 < reserveBytes) {
            reclaim();
        }
        return new ChunksDropped();
    }

    private void reclaim() {
        if (reclaiming.getAndUpdate(now -> now == Reclaiming.NO ? Reclaiming.RUNNING : Reclaiming.AGAIN)
                == Reclaiming.NO) {
            try {
                threads.execute(this::compact);
            } catch (RejectedExecutionException e) {
                reclaiming.set(Reclaiming.NO); // The next that is dropped asks for it again.
            }
        }
    }

    /** Merges keys with what says that they are dropped; files of which no chunk is left are deleted. */
    private void compact() {
        try (FlushOptions flush = new FlushOptions()) {
            do {
                reclaiming.set(Reclaiming.RUNNING);
                db.flush(flush);
                db.compactRange();
            } while (!reclaiming.compareAndSet(Reclaiming.RUNNING, Reclaiming.NO));
        } catch (RocksDBException e) {
            reclaiming.set(Reclaiming.NO);
            failed(e);
        } catch (RuntimeException e) {
            reclaiming.set(Reclaiming.NO); // Or nothing would be given back any more.
            LOG.warn("The disk in {} failed.", folder, e);
        }
    }

    private Reply sync(List<ChunkId> chunks) throws RocksDBException {
        for (ChunkId chunk : chunks) {
            if (!db.keyExists(key(chunk))) {
                return new Refused(BlockError.NO_SUCH_CHUNK);
            }
        }
        db.syncWal();
        return new ChunksSynced();
    }

    /** Each is read as for a client, so that a block of RocksDB's that is damaged counts as bytes that are. */
    private Reply verify(List<ChunkId> chunks) {
        List<ChunkId> bad = new ArrayList<>();
        for (ChunkId chunk : chunks) {
            if (!whole(chunk)) {
                bad.add(chunk);
            }
        }
        return new ChunksLookedFor(bad);
    }

    private boolean whole(ChunkId chunk) {
        try {
            return get(chunk) instanceof ChunkRead(Bytes data, int checksum) && data.crc32c() == checksum;
        } catch (RocksDBException e) {
            failed(e);
            return false; // It cannot be read, whatever the reason.
        }
    }

    private Reply space() throws IOException {
        FileStore store = Files.getFileStore(folder);
        return new SpaceReported(store.getTotalSpace(), Math.max(0, store.getUsableSpace() - reserveBytes));
    }

    private synchronized boolean full(int bytes) throws IOException {
        putSinceCheck += bytes;
        if (full || putSinceCheck >= SPACE_CHECK_BYTES) {
            FileStore store = Files.getFileStore(folder);
            full = store.getUsableSpace() < reserveBytes;
            putSinceCheck = 0;
        }
        return full;
    }

    private Refused failed(RocksDBException e) {
        Status status = e.getStatus();
        if (status != null) {
            if (status.getSubCode() == Status.SubCode.NoSpace) {
                return new Refused(BlockError.NO_SPACE);
            }
            if (status.getCode() == Status.Code.Corruption) {
                LOG.warn("The disk in {} returned damaged data: {}", folder, e.getMessage());
                return new Refused(BlockError.CORRUPT);
            }
        }
        LOG.warn("The disk in {} failed: {}", folder, e.getMessage());
        return new Refused(BlockError.IO);
    }

    /** In the order of files and their chunks, so that one file's chunks lie together. */
    static byte[] key(ChunkId chunk) {
        byte[] volume = chunk.volume().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(volume.length + 1 + 4 * Long.BYTES)
                .put(volume)
                .put((byte) 0)
                .putLong(chunk.file())
                .putLong(chunk.index())
                .putLong(chunk.epoch())
                .putLong(chunk.counter())
                .array();
    }

    /** For tests: what a disk that flips a bit would return. */
    void damage(ChunkId chunk, byte[] value) throws RocksDBException {
        db.put(logged, key(chunk), value);
    }
}
