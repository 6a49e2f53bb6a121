package org.factoredos.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.driver.BlockProtocol.ChunkPut;
import org.factoredos.driver.BlockProtocol.ChunkRead;
import org.factoredos.driver.BlockProtocol.ChunksDropped;
import org.factoredos.driver.BlockProtocol.ChunksLookedFor;
import org.factoredos.driver.BlockProtocol.ChunksSynced;
import org.factoredos.driver.BlockProtocol.DropChunks;
import org.factoredos.driver.BlockProtocol.GetChunk;
import org.factoredos.driver.BlockProtocol.LookForChunks;
import org.factoredos.driver.BlockProtocol.PutChunk;
import org.factoredos.driver.BlockProtocol.Refused;
import org.factoredos.driver.BlockProtocol.ReportSpace;
import org.factoredos.driver.BlockProtocol.SpaceReported;
import org.factoredos.driver.BlockProtocol.SyncChunks;
import org.factoredos.driver.BlockProtocol.VerifyChunks;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The block driver over a real RocksDB. */
@Tag("O6")
class BlockDriverTest {
    private static final ChunkId CHUNK = new ChunkId("/tmp", 7, 0, 1, 1);
    private static final Bytes DATA = Bytes.utf8("a factored operating system");

    @TempDir
    Path folder;

    private final BlockDriver driver = new BlockDriver();

    @Test
    void aChunkThatWasPutIsReadAgainAlsoByTheNextProcess() throws Exception {
        try (ChunkStore store = ChunkStore.open(folder, 0)) {
            assertThat(ask(store, put(CHUNK, DATA))).isEqualTo(new ChunkPut());
            assertThat(ask(store, new SyncChunks(List.of(CHUNK)))).isEqualTo(new ChunksSynced());
        }
        try (ChunkStore store = ChunkStore.open(folder, 0)) {
            assertThat(ask(store, new GetChunk(CHUNK))).isEqualTo(new ChunkRead(DATA, DATA.crc32c()));
        }
    }

    @Test
    void aVersionThatIsNotThereCannotBeSynced() throws Exception {
        try (ChunkStore store = ChunkStore.open(folder, 0)) {
            assertThat(ask(store, new SyncChunks(List.of(CHUNK)))).isEqualTo(new Refused(BlockError.NO_SUCH_CHUNK));
        }
    }

    @Test
    void versionsOfAChunkAreKeptApartAndDroppedByThemselves() throws Exception {
        ChunkId next = new ChunkId("/tmp", 7, 0, 1, 2);
        try (ChunkStore store = ChunkStore.open(folder, 0)) {
            ask(store, put(CHUNK, DATA));
            ask(store, put(next, Bytes.utf8("newer")));
            assertThat(ask(store, new DropChunks(List.of(CHUNK)))).isEqualTo(new ChunksDropped());

            assertThat(ask(store, new GetChunk(CHUNK))).isEqualTo(new Refused(BlockError.NO_SUCH_CHUNK));
            assertThat(ask(store, new GetChunk(next))).isInstanceOf(ChunkRead.class);
        }
    }

    @Test
    void damagedBytesAreAnErrorAndNeverAnAnswer() throws Exception {
        try (ChunkStore store = ChunkStore.open(folder, 0)) {
            ask(store, put(CHUNK, DATA));
            byte[] flipped = new byte[4 + DATA.length()];
            Bytes.utf8("????").copyTo(0, flipped, 0, 4);
            DATA.copyTo(0, flipped, 4, DATA.length());
            store.damage(CHUNK, flipped);
            assertThat(ask(store, new GetChunk(CHUNK))).isEqualTo(new Refused(BlockError.CORRUPT));

            store.damage(CHUNK, new byte[2]);
            assertThat(ask(store, new GetChunk(CHUNK))).isEqualTo(new Refused(BlockError.CORRUPT));
        }
    }

    @Test
    void aDiskFindsWhatItHasDamagedOrLost() throws Exception {
        ChunkId other = new ChunkId("/tmp", 7, 1, 1, 2);
        ChunkId lost = new ChunkId("/tmp", 7, 2, 1, 3);
        try (ChunkStore store = ChunkStore.open(folder, 0)) {
            ask(store, put(CHUNK, DATA));
            ask(store, put(other, DATA));
            byte[] flipped = new byte[4 + DATA.length()];
            DATA.copyTo(0, flipped, 4, DATA.length());
            store.damage(other, flipped);

            assertThat(ask(store, new VerifyChunks(List.of(CHUNK, other, lost))))
                    .isEqualTo(new ChunksLookedFor(List.of(other, lost)));
            assertThat(ask(store, new LookForChunks(List.of(CHUNK, other, lost))))
                    .isEqualTo(new ChunksLookedFor(List.of(lost)));
        }
    }

    @Test
    void aDiskTellsHowMuchChunksMayTake() throws Exception {
        try (ChunkStore store = ChunkStore.open(folder, 1L << 62)) {
            assertThat(ask(store, new ReportSpace())).isInstanceOfSatisfying(SpaceReported.class, space -> {
                assertThat(space.freeBytes()).isZero();
                assertThat(space.totalBytes()).isPositive();
            });
        }
    }

    @Test
    void bytesThatWereDamagedOnTheWayAreNotStored() {
        List<Effect> effects = driver.on(DriverTesting.request(1, 1, new PutChunk(CHUNK, DATA, DATA.crc32c() + 1)), 0);

        assertThat(DriverTesting.replies(effects).getFirst().answer()).isEqualTo(new Refused(BlockError.CORRUPT));
    }

    @Test
    void aFullDiskRefusesPutsAndStillReadsAndDrops() throws Exception {
        try (ChunkStore store = ChunkStore.open(folder, 0)) {
            ask(store, put(CHUNK, DATA));
        }
        try (ChunkStore store = ChunkStore.open(folder, Long.MAX_VALUE)) {
            assertThat(ask(store, put(CHUNK, DATA))).isEqualTo(new Refused(BlockError.NO_SPACE));
            assertThat(ask(store, new GetChunk(CHUNK))).isInstanceOf(ChunkRead.class);
            assertThat(ask(store, new DropChunks(List.of(CHUNK)))).isEqualTo(new ChunksDropped());
        }
    }

    @Test
    void whatIsDroppedFromAFullDiskIsGivenBackToTheFileSystem() throws Exception {
        List<ChunkId> chunks = new ArrayList<>();
        Random random = new Random(1);
        byte[] bytes = new byte[BlockProtocol.CHUNK_BYTES];
        try (ChunkStore store = ChunkStore.open(folder, 0)) {
            for (int i = 0; i < 160; i++) {
                random.nextBytes(bytes);
                chunks.add(new ChunkId("/tmp", 7, i, 1, i));
                ask(store, put(chunks.getLast(), Bytes.copyOf(bytes, 0, bytes.length)));
            }
        }
        long before = size();
        try (ChunkStore store = ChunkStore.open(folder, Long.MAX_VALUE)) {
            assertThat(ask(store, put(CHUNK, DATA))).isEqualTo(new Refused(BlockError.NO_SPACE));
            ask(store, new DropChunks(chunks));
            Awaitility.await("space").atMost(Duration.ofSeconds(20)).until(() -> size() < before / 4);
        }
    }

    private long size() throws IOException {
        long size = 0;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                size += Files.exists(file) ? file.toFile().length() : 0;
            }
        }
        return size;
    }

    @Test
    void aFolderThatCannotBeUsedIsSaidInOneSentence() throws Exception {
        Path file = Files.writeString(folder.resolve("taken"), "");
        assertThatThrownBy(() -> ChunkStore.open(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageEndingWith(".");
        try (ChunkStore store = ChunkStore.open(folder.resolve("db"), 0)) {
            assertThat(store).isNotNull();
            assertThatThrownBy(() -> ChunkStore.open(folder.resolve("db"), 0))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use by another fos");
        }
    }

    @Test
    void aDiskThatIsTooBusyOrSilentIsAnAnswer() {
        Effect.Device get = DriverTesting.devices(driver.on(DriverTesting.request(1, 1, new GetChunk(CHUNK)), 0))
                .getFirst();

        List<Effect> busy = driver.on(get.continuation(), new Response.SendRefused(SendResult.QUEUE_FULL), 0);
        List<Effect> silent = driver.on(get.continuation(), new Response.DeadlinePassed(), 0);

        assertThat(DriverTesting.replies(busy).getFirst().answer()).isEqualTo(new Refused(BlockError.BUSY));
        assertThat(DriverTesting.replies(silent).getFirst().answer()).isEqualTo(new Refused(BlockError.IO));
    }

    private static PutChunk put(ChunkId chunk, Bytes data) {
        return new PutChunk(chunk, data, data.crc32c());
    }

    private Payload ask(ChunkStore store, BlockProtocol.Request<?> request) throws InterruptedException {
        Effect.Device asked = DriverTesting.devices(driver.on(DriverTesting.request(1, 1, request), 0))
                .getFirst();
        BlockingQueue<Payload> answers = new ArrayBlockingQueue<>(1);
        store.begin(asked.request(), answers::add);
        Payload answer = answers.poll(10, TimeUnit.SECONDS);
        assertThat(answer).isNotNull();
        return DriverTesting.replies(driver.on(asked.continuation(), new Response.Answered(answer), 0))
                .getFirst()
                .answer();
    }
}
