package org.factoredos.node;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.factoredos.slice.JournalDatabase;

/**
 * What a starting node wants of its journal, tried again while the journal's database is away: it may be started later than
 * the node, or be on its way back.
 */
final class JournalPatience implements AutoCloseable {
    private static final long LOOK_MILLIS = 500;

    private final JournalDatabase journal;
    private final Duration limit;
    private final Consumer<String> news;
    private boolean said;
    private volatile boolean over;

    /**
     * @param limit for each thing that is wanted
     * @param news told once that the node waits, in one sentence
     */
    JournalPatience(JournalDatabase journal, Duration limit, Consumer<String> news) {
        this.journal = journal;
        this.limit = limit;
        this.news = news;
    }

    /** Blocks; what the work throws in the end is thrown. */
    <T> T insist(Callable<T> work) throws Exception {
        long begun = System.nanoTime();
        while (true) {
            try {
                return work.call();
            } catch (SQLException e) {
                if (over || !journal.away(e) || System.nanoTime() - begun >= limit.toNanos()) {
                    throw e;
                }
                say(e);
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS); // A database tells nobody that it is there.
            }
        }
    }

    private synchronized void say(SQLException e) {
        if (!said) {
            said = true;
            news.accept("the journal at " + journal.place() + " does not answer (" + e.getMessage()
                    + "): waiting for it, for up to " + limit.toSeconds() + " s");
        }
    }

    /** Nobody waits any more. */
    @Override
    public void close() {
        over = true;
    }
}
