package org.factoredos.node;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.factoredos.grid.NodeId;
import org.factoredos.slice.JournalDatabase;

/**
 * The grid's list of its nodes, in the database of its journal: the one place that every node reaches before it is a member
 * and that outlives them all.
 *
 * <p>It gives each new node the next number, once, and keeps how each was last reached. That a node is on the list says
 * nothing of whether it lives; the cluster knows that.
 */
final class NodeRegister {
    /**
     * How a node was reached in its latest life.
     *
     * @param host all its ports are on
     * @param http the port of its status page; 0 where it has none
     * @param ssh the port of its gateway; 0 where it has none
     */
    record Entry(NodeId node, int boot, long pid, String host, int http, int ssh) {}

    private static final String UNIQUE_VIOLATION = "23505";

    private final JournalDatabase database;

    NodeRegister(JournalDatabase database) {
        this.database = database;
    }

    /** Who the node on {@code data} is; gives it a number of its own where it has none. */
    Identity identify(DataFolder data) throws SQLException, IOException, DataFolder.Unusable {
        try (Connection connection = database.connect()) {
            UUID grid = grid(connection);
            Optional<Identity> known = data.identity();
            if (known.isPresent()) {
                if (!known.get().grid().equals(grid)) {
                    throw new DataFolder.Unusable(
                            data.folder(),
                            "belongs to another grid than the journal at " + database.place()
                                    + ": start it with its own grid's journal, or choose another folder");
                }
                return known.get();
            }
            Identity given = new Identity(next(connection), grid);
            // The folder's word is forced to its disk; the list must not know less after a loss of power.
            database.sync();
            data.identify(given);
            return given;
        }
    }

    /** Notes how the node is reached from now on. */
    void note(Entry entry) throws SQLException {
        try (Connection connection = database.connect();
                PreparedStatement update = connection.prepareStatement(
                        "UPDATE fos_node SET boot = ?, pid = ?, host = ?, http = ?, ssh = ? WHERE number = ?")) {
            update.setInt(1, entry.boot());
            update.setLong(2, entry.pid());
            update.setString(3, entry.host());
            update.setInt(4, entry.http());
            update.setInt(5, entry.ssh());
            update.setInt(6, entry.node().number());
            update.executeUpdate();
        }
    }

    /** All nodes that the grid has ever had, by number. */
    List<Entry> entries() throws SQLException {
        List<Entry> entries = new ArrayList<>();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT number, boot, pid, host, http, ssh FROM fos_node ORDER BY number")) {
            while (row.next()) {
                entries.add(new Entry(
                        new NodeId(row.getInt(1)),
                        row.getInt(2),
                        row.getLong(3),
                        row.getString(4),
                        row.getInt(5),
                        row.getInt(6)));
            }
        }
        return entries;
    }

    /** The grid's own name, made up by whoever comes first. */
    private static UUID grid(Connection connection) throws SQLException {
        inserted(
                connection,
                "INSERT INTO fos_grid (one, id) SELECT 1, '" + UUID.randomUUID()
                        + "' WHERE NOT EXISTS (SELECT 1 FROM fos_grid)");
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT id FROM fos_grid")) {
            row.next();
            return UUID.fromString(row.getString(1));
        }
    }

    private static NodeId next(Connection connection) throws SQLException {
        while (true) {
            int number;
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT COALESCE(MAX(number), 0) + 1 FROM fos_node")) {
                row.next();
                number = row.getInt(1);
            }
            if (inserted(connection, "INSERT INTO fos_node (number) VALUES (" + number + ")")) {
                return new NodeId(number);
            }
        }
    }

    /** False where another node was quicker. */
    private static boolean inserted(Connection connection, String insert) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(insert);
            return true;
        } catch (SQLIntegrityConstraintViolationException e) {
            return false;
        } catch (SQLException e) {
            if (UNIQUE_VIOLATION.equals(e.getSQLState())) {
                return false;
            }
            throw e;
        }
    }
}
