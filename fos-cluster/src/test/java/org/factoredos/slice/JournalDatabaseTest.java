package org.factoredos.slice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The journal's tables, also where they are there already. */
class JournalDatabaseTest {
    @TempDir
    Path folder;

    private JournalDatabase database = JournalDatabase.at("", "", "");

    @BeforeEach
    void prepare() throws SQLException {
        database = JournalDatabase.inFolder(folder);
        database.prepare();
    }

    @AfterEach
    void close() throws SQLException {
        database.close();
    }

    @Test
    void preparingAgainKeepsWhatIsThere() throws SQLException {
        execute("INSERT INTO \"snapshot\" VALUES ('name-0', 1, 0, 0, '', X'00', NULL, NULL, NULL)");

        database.prepare();

        assertThat(count("snapshot")).isEqualTo(1);
        assertThat(count("event_journal")).isZero();
    }

    @Test
    void aFirstStartThatWasCutShortIsFinished() throws SQLException {
        execute("DROP TABLE \"snapshot\"");

        database.prepare();

        assertThat(count("snapshot")).isZero();
    }

    @ParameterizedTest
    @Timeout(30)
    @ValueSource(strings = {"jdbc:h2:tcp://%s/./journal", "jdbc:postgresql://%s/fos"})
    void aDatabaseThatHangsEndsTheWaitAndMayBeAskedAgain(String url) throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String place = silent.getInetAddress().getHostAddress() + ":" + silent.getLocalPort();
            JournalDatabase hanging = JournalDatabase.at(String.format(Locale.ROOT, url, place), "fos", "secret");

            assertThatExceptionOfType(SQLException.class)
                    .isThrownBy(() -> hanging.connect(Duration.ofSeconds(1)))
                    .satisfies(failure -> assertThat(hanging.away(failure)).isTrue());
        }
    }

    @Test
    void whatTheUrlSaysOfTimeGoesBeforeAndAPasswordInItIsNotShown() {
        JournalDatabase database = JournalDatabase.at("jdbc:h2:tcp://h:1/./j;network_timeout=7;PASSWORD=x", "", "");

        assertThat(database.limits(JournalDatabase.ANSWER)).isEmpty();
        assertThat(database.place()).isEqualTo("jdbc:h2:tcp://h:1/./j");
    }

    @Test
    void aDatabaseThatRefusesIsNotAway() {
        assertThatExceptionOfType(SQLException.class)
                .isThrownBy(() ->
                        JournalDatabase.at(database.url(), "stranger", "x").prepare())
                .satisfies(failure -> assertThat(
                                JournalDatabase.at(database.url(), "", "").away(failure))
                        .isFalse());
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = open();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private int count(String table) throws SQLException {
        try (Connection connection = open();
                Statement statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT COUNT(*) FROM \"" + table + "\"")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private Connection open() throws SQLException {
        return DriverManager.getConnection(database.url());
    }
}
