package org.factoredos.slice;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * The database that the owners' journal and snapshots are in: an H2 file of this process, or any server that is reached by
 * a URL.
 *
 * @param url for JDBC
 * @param embedded this process alone has the file open, and closes it
 */
public record JournalDatabase(String url, String user, String password, boolean embedded) {
    /**
     * How long a database may take for one statement or to let somebody in. One that is silent for longer hangs, or its
     * machine is gone without a word: whoever waits must end, and try anew. Rows are small and few; what takes so long on
     * a database that lives is an outage anyway.
     */
    public static final Duration ANSWER = Duration.ofSeconds(5);

    /** Forcing all of a file to a slow disk may take longer; the owner that asked for it waits for so long. */
    private static final Duration FLUSH = Duration.ofSeconds(10);

    private static final int CONNECT_SECONDS = 2;
    private static final String CONNECTION_STATES = "08";
    /** PostgreSQL is shutting down, crashed, or starting. */
    private static final String OPERATOR_STATES = "57P";

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

    /** The URL without its options, among which may be a password. */
    public String place() {
        return url.split("[?;]", 2)[0];
    }

    public boolean h2() {
        return url.startsWith("jdbc:h2:");
    }

    public boolean postgresql() {
        return url.startsWith("jdbc:postgresql:");
    }

    /**
     * What the driver is to be told so that it waits no longer than {@code answer}, which neither does by itself. What the
     * URL says of it goes before.
     */
    public Map<String, String> limits(Duration answer) {
        if (postgresql()) {
            return Map.of( // A property of the URL goes before these.
                    "connectTimeout", Integer.toString(CONNECT_SECONDS),
                    "socketTimeout", Long.toString(answer.toSeconds()),
                    "tcpKeepAlive", "true");
        }
        boolean remote = url.startsWith("jdbc:h2:tcp:") || url.startsWith("jdbc:h2:ssl:");
        // H2 refuses a property that the URL sets otherwise. It gives up connecting after 2 s by itself.
        return remote && !url.toUpperCase(Locale.ROOT).contains(";NETWORK_TIMEOUT=")
                ? Map.of("NETWORK_TIMEOUT", Long.toString(answer.toMillis()))
                : Map.of();
    }

    /**
     * What each of the owners' connections says first. A node that is gone without a word in the middle of a row would else
     * keep that row's number to itself until PostgreSQL notices, in hours; H2's own lock timeout is 2 s.
     */
    public Optional<String> greeting() {
        return postgresql()
                ? Optional.of("SET idle_in_transaction_session_timeout = " + ANSWER.toMillis())
                : Optional.empty();
    }

    /** Whether the database could not be reached, and the same may succeed when it is back. */
    public boolean away(Throwable failure) {
        if (embedded || !(failure instanceof SQLException sql)) {
            return false;
        }
        String state = sql.getSQLState() == null ? "" : sql.getSQLState();
        return sql instanceof SQLNonTransientConnectionException
                || sql instanceof SQLTransientException
                || state.startsWith(CONNECTION_STATES)
                || state.startsWith(OPERATOR_STATES);
    }

    /** Makes the tables that are missing. Harmless to repeat, also after a crash in the middle of it. */
    public void prepare() throws SQLException {
        String script = h2() ? "journal-h2.sql" : "journal-postgresql.sql";
        execute(read(script), ANSWER);
    }

    /** Makes all that was committed survive the loss of power. PostgreSQL has done so at each commit. */
    public void sync() throws SQLException {
        if (h2()) {
            execute("CHECKPOINT SYNC", FLUSH);
        }
    }

    /** Closes the H2 file; whatever still uses it fails. */
    public void close() throws SQLException {
        if (embedded) {
            execute("SHUTDOWN", FLUSH);
        }
    }

    /** A connection of the caller's own, each statement a transaction; fails where the database hangs. */
    public Connection connect() throws SQLException {
        return connect(ANSWER);
    }

    Connection connect(Duration answer) throws SQLException {
        Properties properties = new Properties();
        properties.putAll(limits(answer));
        properties.put("user", user);
        properties.put("password", password);
        return DriverManager.getConnection(url, properties);
    }

    private void execute(String script, Duration answer) throws SQLException {
        try (Connection connection = connect(answer);
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
