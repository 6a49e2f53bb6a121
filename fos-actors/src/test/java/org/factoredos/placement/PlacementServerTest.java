package org.factoredos.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.TreeMap;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Signal;
import org.factoredos.placement.PlacementProtocol.KillFamily;
import org.factoredos.placement.PlacementProtocol.ListProcesses;
import org.factoredos.placement.PlacementProtocol.ProcessEnded;
import org.factoredos.placement.PlacementProtocol.ProcessSpawned;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.PlacementProtocol.Reach;
import org.factoredos.placement.PlacementProtocol.Refused;
import org.factoredos.placement.PlacementProtocol.SpawnProcess;
import org.factoredos.placement.PlacementProtocol.StillRunning;
import org.factoredos.placement.PlacementProtocol.WaitForProcess;
import org.factoredos.placement.ProcessSpec.Tracing;
import org.factoredos.server.Effect;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** §3.3: the scheduler of one node, without any machine room. */
@Tag("O2")
class PlacementServerTest {
    private static final long NOW = 1_000;

    private final Grid grid = Grid.ofOneNode(8, 8);
    private final Incarnation self = new Incarnation(new NodeId(1), 1);
    private final TileId parent = new TileId(self.node(), 0, 2);
    private final PlacementServer server =
            new PlacementServer(self, grid, name -> !name.equals("unknown"), new TreeMap<>());
    private long call;

    @BeforeEach
    void letTheTilesTellThatNothingRuns() {
        for (Effect survey : ask(new ListProcesses(Reach.NODE))) {
            var nothing = new Response.Answered(new Delegation.ClientsListed(List.of(), List.of()));
            server.on(((Effect.Call) survey).continuation(), nothing, NOW);
        }
    }

    @Test
    void aProgramThatDoesNotExistIsRefusedBeforeAnyTileIsAsked() {
        assertThat(answer(ask(spawn("unknown")))).isEqualTo(new Refused(PlacementError.NO_SUCH_PROGRAM));
    }

    @Test
    void aTileThatIsTakenIsPassedByForTheNextNearest() {
        Effect.Call first = call(ask(spawn("cat")));
        List<Effect> effects = server.on(first.continuation(), new Response.Answered(new Delegation.TileTaken()), NOW);
        Effect.Call second = (Effect.Call) effects.getFirst();

        assertThat(tile(second)).isNotEqualTo(tile(first));
        assertThat(server.taken()).containsExactly(tile(first), tile(second));
    }

    @Test
    void twoSpawnsUnderWayNeverAskForTheSameTile() {
        assertThat(tile(call(ask(spawn("cat"))))).isNotEqualTo(tile(call(ask(spawn("wc")))));
    }

    @Test
    void noTileOfABootstrapServerIsGivenToAProgram() {
        int spawned = 0;
        while (ask(spawn("cat")).getFirst() instanceof Effect.Call start) {
            assertThat(Reserved.keeps(grid, tile(start))).isFalse();
            spawned++;
        }

        assertThat(spawned).isEqualTo(64 - Reserved.COUNT);
        assertThat(answer(ask(spawn("cat")))).isEqualTo(new Refused(PlacementError.NO_FREE_TILE));
    }

    @Test
    void theNewsOfAnEndFreesTheTileAndAnswersAllWhoWait() {
        Effect.Call start = call(ask(spawn("cat")));
        ProcessSpawned spawned = started(start, 200);
        List<Effect> first = ask(new WaitForProcess(spawned.process(), 50));
        ask(new WaitForProcess(spawned.process(), 50));

        List<Effect> effects = ask(ended(start, 200, 3));

        assertThat(effects).hasSize(3).allMatch(Effect.Reply.class::isInstance);
        assertThat(((Effect.Reply) effects.get(1)).answer()).isEqualTo(new ProcessEnded(spawned.process(), 3));
        assertThat(server.taken()).isEmpty();
        assertThat(first)
                .singleElement()
                .isInstanceOfSatisfying(
                        Effect.Timer.class,
                        timer -> assertThat(server.on(timer.continuation(), new Response.DeadlinePassed(), NOW))
                                .as("a wait that was answered is not answered again")
                                .isEmpty());
    }

    @Test
    void aWaitThatOutlivesItsPatienceLearnsThatTheProcessStillRuns() {
        ProcessSpawned spawned = started(call(ask(spawn("cat"))), 200);
        Effect.Timer timer =
                (Effect.Timer) ask(new WaitForProcess(spawned.process(), 50)).getFirst();

        assertThat(answer(server.on(timer.continuation(), new Response.DeadlinePassed(), NOW)))
                .isEqualTo(new StillRunning());
    }

    @Test
    void whoAsksAfterTheEndLearnsTheStatusToo() {
        Effect.Call start = call(ask(spawn("cat")));
        ProcessSpawned spawned = started(start, 200);
        ask(ended(start, 200, 3));

        assertThat(answer(ask(new WaitForProcess(spawned.process(), 50))))
                .isEqualTo(new ProcessEnded(spawned.process(), 3));
    }

    @Test
    void anEndThatOvertakesItsStartLeavesNoProcessAndNoTile() {
        Effect.Call start = call(ask(spawn("cat")));
        ask(ended(start, 200, 0));
        started(start, 200);

        assertThat(server.taken()).isEmpty();
        assertThat(answer(ask(new ListProcesses(Reach.NODE)))).isEqualTo(new ProcessesListed(List.of(), List.of()));
    }

    @Test
    void anEndToldAgainIsNotedAgainAndFreesNothingOfAnother() {
        Effect.Call start = call(ask(spawn("cat")));
        started(start, 200);
        ask(ended(start, 200, 0));
        Effect.Call next = call(ask(spawn("wc")));
        started(next, 201);

        assertThat(tile(next)).isEqualTo(tile(start));
        assertThat(answer(ask(ended(start, 200, 0)))).isEqualTo(new Delegation.EndNoted());
        assertThat(server.taken()).containsExactly(tile(next));
    }

    @Test
    void aFamilyEndsWithAllThatItHasStartedAndNothingElse() {
        Effect.Call shell = call(ask(spawn("sh")));
        ProcessId family = started(shell, 200).process();
        Effect.Call child = call(askAs(200, spawn("cat")));
        started(child, 201);
        Effect.Call grandchild = call(askAs(201, spawn("wc")));
        started(grandchild, 202);
        started(call(ask(spawn("ls"))), 203);

        assertThat(ask(new KillFamily(family, Signal.KILL)))
                .extracting(effect -> ((Effect.Call) effect).request())
                .isEqualTo(List.of(stop(200), stop(201), stop(202)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aChildThatStartsAsItsParentIsKilledDoesNotOutliveIt(boolean parentHasEnded) {
        Effect.Call shell = call(ask(spawn("sh")));
        ProcessId family = started(shell, 200).process();
        Effect.Call child = call(askAs(200, spawn("sleep")));
        ask(new KillFamily(family, Signal.KILL));
        if (parentHasEnded) {
            ask(ended(shell, 200, 137));
        }

        ClientId client = new ClientId(self.node(), 1, 201);
        var started = new Delegation.ClientStarted(client, new Address(client, 1, tile(child)));
        List<Effect> effects = server.on(child.continuation(), new Response.Answered(started), NOW);

        assertThat(((Effect.Call) effects.getLast()).request()).isEqualTo(stop(201));
    }

    private Delegation.StopClient stop(int number) {
        return new Delegation.StopClient(new ClientId(self.node(), 1, number), Signal.KILL);
    }

    private SpawnProcess spawn(String program) {
        Stream nothing = new Stream.Nothing();
        return new SpawnProcess(
                new ProcessSpec(program, List.of(), "/", new TreeMap<>(), nothing, nothing, nothing, Tracing.NONE),
                parent);
    }

    private List<Effect> ask(Payload request) {
        return askAs(900, request);
    }

    private List<Effect> askAs(int client, Payload request) {
        Address to = Reserved.PLACEMENT.address(self, grid);
        Address asker = new Address(new ClientId(self.node(), 1, client), 0, parent);
        return Permitted.by(
                server, new Envelope(to, asker, "sys:test", Envelope.Kind.REQUEST, ++call, 0, request, null), NOW);
    }

    private ProcessSpawned started(Effect.Call start, int number) {
        ClientId client = new ClientId(self.node(), 1, number);
        var answer = new Delegation.ClientStarted(client, new Address(client, 1, tile(start)));
        return (ProcessSpawned) answer(server.on(start.continuation(), new Response.Answered(answer), NOW));
    }

    private Delegation.ClientEnded ended(Effect.Call start, int number, int status) {
        return new Delegation.ClientEnded(new ClientId(self.node(), 1, number), tile(start), status);
    }

    private static Effect.Call call(List<Effect> effects) {
        assertThat(effects).singleElement().isInstanceOf(Effect.Call.class);
        return (Effect.Call) effects.getFirst();
    }

    private static TileId tile(Effect.Call start) {
        return ((Address) start.to()).tile();
    }

    private static Payload answer(List<Effect> effects) {
        assertThat(effects).first().isInstanceOf(Effect.Reply.class);
        return ((Effect.Reply) effects.getFirst()).answer();
    }
}
