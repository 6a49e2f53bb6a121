package org.factoredos.slice;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Device;
import org.factoredos.server.DeviceRequest;
import org.factoredos.server.JournalSync;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The owners' way to their journal's disk (fsync). Those who ask while one flush is under way share the next. */
public final class JournalFlush implements Device {
    private static final Logger LOG = LoggerFactory.getLogger(JournalFlush.class);

    private final JournalDatabase database;
    private final List<Consumer<Payload>> waiting = new ArrayList<>();
    private boolean flushing;

    public JournalFlush(JournalDatabase database) {
        this.database = database;
    }

    @Override
    public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
        if (!(request instanceof JournalSync.SyncJournal)) {
            throw new IllegalArgumentException("a journal is no device for " + request);
        }
        synchronized (waiting) {
            waiting.add(done);
            if (flushing) {
                return;
            }
            flushing = true;
        }
        Thread.ofPlatform().name("fos-journal-flush").daemon().start(this::flush);
    }

    private void flush() {
        while (true) {
            List<Consumer<Payload>> batch;
            synchronized (waiting) {
                if (waiting.isEmpty()) {
                    flushing = false;
                    return;
                }
                batch = List.copyOf(waiting);
                waiting.clear();
            }
            Payload answer = sync();
            batch.forEach(done -> done.accept(answer));
        }
    }

    private Payload sync() {
        try {
            database.sync();
            return new JournalSync.JournalSynced();
        } catch (SQLException | RuntimeException e) { // Whatever a driver does: others wait for the next flush.
            LOG.error("the journal could not be forced to its disk", e);
            return new JournalSync.JournalSyncFailed();
        }
    }
}
