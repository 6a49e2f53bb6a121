package org.factoredos.slice;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import org.factoredos.kernel.Payload;
import org.factoredos.server.JournalSync;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S10")
class JournalFlushTest {
    @Test
    void aFlushWhoseDriverBreaksIsAnsweredAndTheNextOneIsMade() throws Exception {
        BrokenOnce driver = new BrokenOnce();
        DriverManager.registerDriver(driver);
        try {
            JournalFlush flush = new JournalFlush(JournalDatabase.at(BrokenOnce.URL, "", ""));

            assertThat(sync(flush)).isEqualTo(new JournalSync.JournalSyncFailed());
            assertThat(sync(flush)).isEqualTo(new JournalSync.JournalSynced());
        } finally {
            DriverManager.deregisterDriver(driver);
        }
    }

    private static Payload sync(JournalFlush flush) throws Exception {
        CompletableFuture<Payload> answer = new CompletableFuture<>();
        flush.begin(new JournalSync.SyncJournal(), answer::complete);
        return answer.get(10, TimeUnit.SECONDS);
    }

    /** Leads to a database in memory, but throws first what JDBC does not provide for. */
    private static final class BrokenOnce implements Driver {
        /** H2's own driver refuses it: a path that is relative. */
        static final String URL = "jdbc:h2:broken-once";

        private boolean broken = true;

        @Override
        public @Nullable Connection connect(String url, Properties info) throws SQLException {
            if (!acceptsURL(url)) {
                return null;
            }
            if (broken) {
                broken = false;
                throw new IllegalStateException("the driver is broken");
            }
            return DriverManager.getConnection("jdbc:h2:mem:", info);
        }

        @Override
        public boolean acceptsURL(String url) {
            return url.equals(URL);
        }

        @Override
        public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) {
            return new DriverPropertyInfo[0];
        }

        @Override
        public int getMajorVersion() {
            return 1;
        }

        @Override
        public int getMinorVersion() {
            return 0;
        }

        @Override
        public boolean jdbcCompliant() {
            return false;
        }

        @Override
        public Logger getParentLogger() {
            return Logger.getGlobal();
        }
    }
}
