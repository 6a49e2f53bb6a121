package org.factoredos.slice;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
