package org.factoredos.slice;

import java.sql.SQLException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Device;
import org.factoredos.server.DeviceRequest;
import org.factoredos.server.JournalSync;

/** The owners' one device: makes the journal survive a loss of power. Flushes that wait at the same time share a thread. */
public final class JournalFlush implements Device, AutoCloseable {
    private final JournalDatabase journal;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("journal-flush").factory());

    public JournalFlush(JournalDatabase journal) {
        this.journal = journal;
    }

    @Override
    public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
        if (!(request instanceof JournalSync.SyncJournal)) {
            throw new IllegalArgumentException("the journal can only be flushed, not asked for " + request);
        }
        thread.execute(() -> done.accept(flush()));
    }

    private Payload flush() {
        try {
            journal.sync();
            return new JournalSync.JournalSynced();
        } catch (SQLException e) {
            return new JournalSync.JournalSyncFailed();
        }
    }

    @Override
    public void close() {
        thread.shutdown();
    }
}
