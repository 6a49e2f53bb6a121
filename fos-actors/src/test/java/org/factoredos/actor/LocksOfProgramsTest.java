package org.factoredos.actor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.factoredos.boot.BootFailed;
import org.factoredos.boot.StartedProcess;
import org.factoredos.shell.Commands;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Locks on files of real programs on a whole node. */
@Timeout(120)
@Tag("O5")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LocksOfProgramsTest {
    private WholeNode node;

    @BeforeAll
    void boot(@TempDir Path host) throws BootFailed {
        node = new WholeNode(new TreeMap<>(Commands.programs()), host);
    }

    @AfterAll
    void stop() {
        node.close();
    }

    @Test
    void whatOneHasLockedAnotherOneMayShareAtMost() {
        assertThat(node.run("flock", "/tmp/one", "-c", "flock -n /tmp/one -c 'echo never'"))
                .isEqualTo(1);
        assertThat(node.text())
                .contains("flock: /tmp/one: another process has locked it")
                .doesNotContain("never");
        assertThat(node.run("flock", "-s", "/tmp/one", "-c", "flock -s -n /tmp/one -c 'echo both'"))
                .as(node::text)
                .isZero();
        assertThat(node.text()).contains("both");
    }

    @Test
    void aKilledProcessHasNothingLocked() {
        StartedProcess holder = node.running().start("flock", List.of("/tmp/three", "-c", "sleep 100"));
        while (node.run("flock", "-n", "/tmp/three", "-c", "true") == 0) {
            assertThat(holder.exit()).isNotDone();
        }
        assertThat(holder.kill().orTimeout(30, TimeUnit.SECONDS).join()).isTrue();

        assertThat(node.run("flock", "/tmp/three", "-c", "echo mine"))
                .as(node::text)
                .isZero();
        assertThat(node.text()).contains("mine");
    }
}
