package org.factoredos.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.factoredos.boot.BootFailed;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Name;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.Program;
import org.factoredos.placement.PlacementError;
import org.factoredos.placement.PlacementProtocol.ProcessStatus;
import org.factoredos.placement.ProcessId;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.ProcessSpec.Tracing;
import org.factoredos.placement.Stream;
import org.factoredos.program.Pong;
import org.factoredos.program.Programs;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** §3.4: processes of one JVM that go to other tiles while they are asked. */
@Timeout(60)
@Tag("M11")
@Tag("N6")
class MigrationTest {
    @TempDir
    Path host;

    @Test
    @Tag("M9")
    void aStateMachineIsAskedWhileItMovesAndCountsOn() throws BootFailed {
        assertThat(run(MigrationTest::pingWhileMoving)).isZero();
    }

    @Test
    void aThreadGoesToAnotherTileAtASystemCallAndIsKilledThere() throws BootFailed {
        assertThat(run(MigrationTest::moveSleeper)).isZero();
    }

    private int run(Program program) throws BootFailed {
        Map<String, Program> programs = new TreeMap<>(Programs.all());
        programs.put("test", program);
        try (WholeNode node = new WholeNode(programs, host)) {
            int status = node.run("test");
            assertThat(node.text()).isEmpty();
            return status;
        }
    }

    private static int pingWhileMoving(Fos fos, List<String> arguments) throws IOException {
        ProcessId pong = fos.spawn(spec("pong", "here")).process();
        while (fos.names("here").isEmpty()) { // In the process's own thread, whose calls these are.
            fos.sleep(Duration.ofMillis(5));
        }
        List<Long> counts = new ArrayList<>();
        for (int x = 0; x < 8; x++) {
            for (int i = 0; i < 50; i++) {
                counts.add(fos.call(new Name("here"), new Pong.Pinged()).count());
            }
            TileId to = new TileId(fos.tile().node(), x, 6);
            fos.migrate(pong, to);
            assertThat(tiles(fos)).containsEntry(pong, to);
        }
        assertThat(counts).isSorted().doesNotHaveDuplicates().last().isEqualTo(400L);
        fos.kill(pong);
        return fos.waitFor(pong) == 137 ? 0 : 1;
    }

    private static int moveSleeper(Fos fos, List<String> arguments) throws IOException {
        ProcessId sleeper = fos.spawn(spec("sleep", "50")).process();
        TileId to = new TileId(fos.tile().node(), 3, 6);
        fos.migrate(sleeper, to);
        assertThat(tiles(fos)).containsEntry(sleeper, to);
        assertThatThrownBy(() -> fos.migrate(sleeper, fos.tile()))
                .isInstanceOfSatisfying(
                        FosException.class, e -> assertThat(e.error()).isEqualTo(PlacementError.TILE_TAKEN));
        fos.kill(sleeper);
        return fos.waitFor(sleeper) == 137 ? 0 : 1;
    }

    private static Map<ProcessId, TileId> tiles(Fos fos) throws IOException {
        Function<ProcessStatus, ProcessId> id = ProcessStatus::process;
        return fos.processes().processes().stream()
                .collect(Collectors.toMap(id, ProcessStatus::tile, (one, other) -> one, TreeMap::new));
    }

    private static ProcessSpec spec(String program, String argument) {
        Stream nothing = new Stream.Nothing();
        return new ProcessSpec(
                program, List.of(argument), "/", new TreeMap<>(), nothing, nothing, nothing, Tracing.NONE);
    }
}
