package org.factoredos.slice;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The database that the owners' journal and snapshots are in: an H2 file of this process, or any server that is reached by
 * a URL.
 *
 * @param url for JDBC
 * @param embedded this process alone has the file open, and closes it
 */
public record JournalDatabase(String url, String user, String password, boolean embedded) {
    /**
     * The H2 file of a grid of one node.
     *
     * <p>{@code WRITE_DELAY=0}: a commit has reached the operating system when it returns, so it survives the death of this
     * process; the loss of power is {@link #sync}'s matter. H2 closes when we say so, not when a pool is empty and not from
     * a shutdown hook of its own, which would race with the owners' last rows.
     */
    public static JournalDatabase inFolder(Path folder) {
        return new JournalDatabase(
                "jdbc:h2:file:" + folder.resolve("journal") + ";WRITE_DELAY=0;DB_CLOSE_DELAY=-1;DB_CLOSE_ON_EXIT=FALSE",
                "",
                "",
                true);
    }

    public static JournalDatabase at(String url, String user, String password) {
        return new JournalDatabase(url, user, password, false);
    }

    public boolean h2() {
        return url.startsWith("jdbc:h2:");
    }

    /** Makes the tables that are missing. Harmless to repeat, also after a crash in the middle of it. */
    public void prepare() throws SQLException {
        String script = h2() ? "journal-h2.sql" : "journal-postgresql.sql";
        execute(read(script));
    }

    /** Makes all that was committed survive the loss of power. PostgreSQL has done so at each commit. */
    public void sync() throws SQLException {
        if (h2()) {
            execute("CHECKPOINT SYNC");
        }
    }

    /** Closes the H2 file; whatever still uses it fails. */
    public void close() throws SQLException {
        if (embedded) {
            execute("SHUTDOWN");
        }
    }

    /** A connection of the caller's own, each statement a transaction. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(url, user, password);
    }

    private void execute(String script) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(script);
        }
    }

    private static String read(String resource) {
        try (InputStream in = JournalDatabase.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("no resource " + resource);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
