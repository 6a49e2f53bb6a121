package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Signal;
import org.factoredos.placement.PlacementError;
import org.factoredos.placement.PlacementProtocol.KillBegun;
import org.factoredos.placement.PlacementProtocol.KillProcess;
import org.factoredos.placement.PlacementProtocol.ListProcesses;
import org.factoredos.placement.PlacementProtocol.ListTiles;
import org.factoredos.placement.PlacementProtocol.ProcessEnded;
import org.factoredos.placement.PlacementProtocol.ProcessSpawned;
import org.factoredos.placement.PlacementProtocol.ProcessStatus;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.PlacementProtocol.Reach;
import org.factoredos.placement.PlacementProtocol.Refused;
import org.factoredos.placement.PlacementProtocol.SpawnProcess;
import org.factoredos.placement.PlacementProtocol.TilesListed;
import org.factoredos.placement.PlacementProtocol.WaitForProcess;
import org.factoredos.placement.ProcessId;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.ProcessSpec.Tracing;
import org.factoredos.placement.Stream;
import org.factoredos.server.Reserved;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** §3.3 on two JVMs: the one placement server that a program asks speaks for the grid. */
@Timeout(180)
@Tag("O2")
class PlacementIT {
    private static final NodeId NEAR = new NodeId(1);
    private static final long HALF_A_SECOND = 500_000_000L;

    /** Each node has one tile for programs. */
    @Test
    @Tag("S9")
    void aProcessRunsWhereThereIsRoomAndIsWaitedForAndKilledFromWhereverItsParentIs() throws Exception {
        try (NodePair pair = NodePair.direct(Reserved.COUNT + 1, 1)) {
            pair.near.place();
            Asker asker = new Asker(pair);

            ProcessId here = asker.spawned();
            ProcessId there = asker.spawned();
            assertThat(here.home()).isEqualTo(new Incarnation(NEAR, 1));
            assertThat(there.home()).isEqualTo(pair.peer(1));
            assertThat(asker.spawn()).isEqualTo(new Refused(PlacementError.NO_FREE_TILE));
            assertThat(asker.listed()).containsExactly(here, there);
            assertThat(((TilesListed) asker.ask(new ListTiles(Reach.GRID))).tiles())
                    .hasSize(2 * (Reserved.COUNT + 1));

            assertThat(asker.ask(new KillProcess(there, Signal.KILL))).isEqualTo(new KillBegun());
            assertThat(asker.ask(new WaitForProcess(there, 10 * HALF_A_SECOND)))
                    .isEqualTo(new ProcessEnded(there, 137));
            assertThat(asker.listed()).containsExactly(here);
        }
    }

    @Test
    void aProcessEndsWithItsNodeAndTheNextLifeOfThatNodeHasNoneOfItsNumber() throws Exception {
        try (NodePair pair = NodePair.direct(Reserved.COUNT + 1, 1)) {
            pair.near.place();
            Asker asker = new Asker(pair);
            ProcessId here = asker.spawned();
            ProcessId lost = asker.spawned();

            pair.kill();
            var silent = (ProcessesListed) asker.ask(new ListProcesses(Reach.GRID));
            assertThat(silent.silent()).containsExactly(PeerNode.NODE);
            assertThat(silent.processes()).extracting(ProcessStatus::process).containsExactly(here);
            await().atMost(Duration.ofSeconds(WiredNode.PATIENCE_SECONDS))
                    .until(() ->
                            asker.ask(new WaitForProcess(lost, HALF_A_SECOND)).equals(new ProcessEnded(lost, 129)));

            pair.startPeer(2);
            ProcessId next = asker.spawned();
            assertThat(next.home()).isEqualTo(pair.peer(2));
            assertThat(asker.ask(new KillProcess(lost, Signal.KILL))).isEqualTo(new Refused(PlacementError.NODE_LOST));
            assertThat(asker.listed()).containsExactly(here, next);
        }
    }

    /** A program of node 1, as far as the placement fleet can tell. */
    private static final class Asker {
        private final NodePair pair;
        private final Client client;
        private final Address server;

        Asker(NodePair pair) {
            this.pair = pair;
            this.client = pair.client(0);
            this.server = Reserved.PLACEMENT.address(new Incarnation(NEAR, 1), pair.near.interconnect.grid());
        }

        Payload ask(Payload.Request<?> request) {
            return pair.call(client, server, request);
        }

        Payload spawn() {
            Stream nothing = new Stream.Nothing();
            ProcessSpec spec = new ProcessSpec(
                    WiredNode.LOOP, List.of(), "/", new TreeMap<>(), nothing, nothing, nothing, Tracing.NONE);
            return ask(new SpawnProcess(spec, client.tile()));
        }

        ProcessId spawned() {
            return ((ProcessSpawned) spawn()).process();
        }

        List<ProcessId> listed() {
            return ((ProcessesListed) ask(new ListProcesses(Reach.GRID)))
                    .processes().stream().map(ProcessStatus::process).toList();
        }
    }
}
