package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.factoredos.grid.NodeId;
import org.factoredos.slice.JournalDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Numbers are given once, kept, and never to data of another grid. */
class NodeRegisterTest {
    private static final int NODES = 8;

    @TempDir
    Path folder;

    private JournalDatabase database;

    @BeforeEach
    void open() throws Exception {
        database = JournalDatabase.inFolder(folder.resolve("journal"));
        database.prepare();
    }

    @AfterEach
    void close() throws Exception {
        database.close();
    }

    @Test
    void nodesThatComeAtTheSameTimeGetTheNumbersFromOneOn() throws Exception {
        List<Callable<Identity>> nodes = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            Path data = folder.resolve("node-" + i);
            nodes.add(() -> identify(data));
        }

        List<Identity> given = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(NODES)) {
            for (Future<Identity> each : threads.invokeAll(nodes)) {
                given.add(each.get());
            }
        }

        assertThat(given)
                .extracting(identity -> identity.node().number())
                .containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(given)
                .extracting(Identity::grid)
                .as("all of one grid")
                .containsOnly(given.getFirst().grid());
    }

    @Test
    void aNodeKeepsItsNumber() throws Exception {
        Identity first = identify(folder.resolve("a"));
        identify(folder.resolve("b"));

        assertThat(identify(folder.resolve("a"))).isEqualTo(first);
    }

    @Test
    void dataOfAnotherGridIsRefused() throws Exception {
        identify(folder.resolve("a"));
        JournalDatabase other = JournalDatabase.inFolder(folder.resolve("other"));
        other.prepare();

        try (DataFolder data = DataFolder.open(folder.resolve("a"))) {
            assertThatExceptionOfType(DataFolder.Unusable.class)
                    .isThrownBy(() -> new NodeRegister(other).identify(data))
                    .withMessageContaining("belongs to another grid than the journal at ");
        } finally {
            other.close();
        }
    }

    @Test
    void theListTellsHowEachNodeWasLastReached() throws Exception {
        NodeRegister register = new NodeRegister(database);
        identify(folder.resolve("a"));
        identify(folder.resolve("b"));
        NodeRegister.Entry second = new NodeRegister.Entry(new NodeId(2), 7, 4711, "10.0.0.2", 8080, 2222);

        register.note(second);

        assertThat(register.entries()).containsExactly(new NodeRegister.Entry(new NodeId(1), 0, 0, "", 0, 0), second);
    }

    private Identity identify(Path path) throws Exception {
        try (DataFolder data = DataFolder.open(path)) {
            return new NodeRegister(database).identify(data);
        }
    }
}
