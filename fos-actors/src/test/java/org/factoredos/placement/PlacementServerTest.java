package org.factoredos.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
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
import org.factoredos.kernel.Migration;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Place;
import org.factoredos.kernel.RightKind;
import org.factoredos.kernel.Signal;
import org.factoredos.naming.NameProtocol;
import org.factoredos.placement.PlacementProtocol.Holder;
import org.factoredos.placement.PlacementProtocol.KillFamily;
import org.factoredos.placement.PlacementProtocol.ListProcesses;
import org.factoredos.placement.PlacementProtocol.NoFreeTile;
import org.factoredos.placement.PlacementProtocol.ProcessEnded;
import org.factoredos.placement.PlacementProtocol.ProcessSpawned;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.PlacementProtocol.Reach;
import org.factoredos.placement.PlacementProtocol.Refused;
import org.factoredos.placement.PlacementProtocol.SpawnProcess;
import org.factoredos.placement.PlacementProtocol.StartProcess;
import org.factoredos.placement.PlacementProtocol.StillRunning;
import org.factoredos.placement.PlacementProtocol.WaitForProcess;
import org.factoredos.placement.ProcessSpec.Tracing;
import org.factoredos.privilege.PrivilegeProtocol.AskRight;
import org.factoredos.privilege.PrivilegeProtocol.RightAllowed;
import org.factoredos.privilege.PrivilegeProtocol.RightDenied;
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
        assertThat(answer(ask(spawn("cat"))))
                .isEqualTo(new NoFreeTile(List.of(new Holder(ProcessSpec.OPERATOR, 64 - Reserved.COUNT))));
    }

    @Test
    @Tag("P3")
    void aDomainIsAskedAboutByTheTilesThatItWouldHold() {
        Effect.Call first = call(ask(spawn("cat")));
        Effect.Call right = call(raw(spawn("cat")));

        Effect.Call quota = call(server.on(right.continuation(), new Response.Answered(new RightAllowed()), NOW));

        assertThat(((AskRight) quota.request()).kind()).isEqualTo(RightKind.TILES);
        assertThat(((AskRight) quota.request()).target()).isEqualTo("2");
        assertThat(answer(server.on(quota.continuation(), new Response.Answered(new RightDenied()), NOW)))
                .isEqualTo(new Refused(PlacementError.QUOTA_REACHED));
        started(call(ask(spawn("wc"))), 201);
        Effect.Call again = call(server.on(quota.continuation(), new Response.Answered(new RightAllowed()), NOW));
        assertThat(((AskRight) again.request()).target())
                .as("another has got a tile meanwhile")
                .isEqualTo("3");
        started(first, 200);
        assertThat(call(server.on(again.continuation(), new Response.Answered(new RightAllowed()), NOW))
                        .request())
                .isInstanceOf(Delegation.StartClient.class);
    }

    @Test
    @Tag("P3")
    void codeThatAUserBroughtTakesTheRightToLoadIt() {
        Effect.Call right = call(raw(spawn("/home/alice/x.jar")));

        assertThat(((AskRight) right.request()).kind()).isEqualTo(RightKind.LOAD_CODE);
        assertThat(((AskRight) right.request()).target()).isEqualTo("/home/alice/x.jar");
        assertThat(answer(server.on(right.continuation(), new Response.Answered(new RightDenied()), NOW)))
                .isEqualTo(new Refused(PlacementError.PERMISSION_DENIED));
        assertThat(call(ask(spawn("/home/alice/x.jar"))).request()).isInstanceOf(Delegation.StartClient.class);
    }

    @Test
    void whoWaitsForATileGetsItInTurnAndKeepsItsPlace() {
        List<Effect.Call> starts = new ArrayList<>();
        for (int i = 0; i < 64 - Reserved.COUNT; i++) {
            starts.add(call(ask(spawn("cat"))));
            started(starts.getLast(), 200 + i);
        }
        Effect.Timer first = timer(askAs(901, waiting("first")));
        timer(askAs(902, waiting("second")));
        List<Effect> over = server.on(first.continuation(), new Response.DeadlinePassed(), NOW);
        assertThat(answer(over)).as("its patience is over").isInstanceOf(NoFreeTile.class);
        timer(askAs(901, waiting("first")));
        assertThat(server.on(((Effect.Timer) over.getLast()).continuation(), new Response.DeadlinePassed(), NOW))
                .as("it has asked again in time")
                .isEmpty();

        assertThat(programs(ask(ended(starts.getFirst(), 200, 0)))).containsExactly("first");
        assertThat(programs(ask(ended(starts.get(1), 201, 0)))).containsExactly("second");
        assertThat(programs(ask(ended(starts.get(2), 202, 0)))).isEmpty();
    }

    @Test
    void whoDoesNotAskAgainLosesItsPlace() {
        List<Effect.Call> starts = new ArrayList<>();
        for (int i = 0; i < 64 - Reserved.COUNT; i++) {
            starts.add(call(ask(spawn("cat"))));
            started(starts.getLast(), 200 + i);
        }
        Effect.Timer first = timer(askAs(901, waiting("first")));
        List<Effect> over = server.on(first.continuation(), new Response.DeadlinePassed(), NOW);
        server.on(((Effect.Timer) over.getLast()).continuation(), new Response.DeadlinePassed(), NOW);
        timer(askAs(902, waiting("second")));
        timer(askAs(901, waiting("first")));

        assertThat(programs(ask(ended(starts.getFirst(), 200, 0)))).containsExactly("second");
    }

    @Test
    @Tag("A1")
    void aProcessOfSeveralTilesRunsOnAllOrNone() {
        List<Effect> effects = ask(new SpawnProcess(spawn("sum").spec(), parent, 0, 3));
        assertThat(effects).hasSize(3);
        List<Effect.Call> starts = effects.stream().map(Effect.Call.class::cast).toList();
        assertThat(starts.stream().map(PlacementServerTest::tile).distinct()).hasSize(3);

        assertThat(start(starts.getFirst(), 200)).isEmpty();
        var late = server.on(starts.get(1).continuation(), new Response.DeadlinePassed(), NOW);
        List<Effect> broken = start(starts.getLast(), 202);

        assertThat(broken).extracting(PlacementServerTest::request).startsWith(stop(200), stop(202));
        assertThat(((Effect.Reply) broken.getLast()).answer()).isEqualTo(new Refused(PlacementError.START_FAILED));
        var runsAfterAll = new Delegation.RunningClient(
                new ClientId(self.node(), 1, 201),
                Reserved.PLACEMENT.address(self, grid),
                ((Delegation.StartClient) starts.get(1).request()).spec(),
                NOW);
        var told = new Response.Answered(new Delegation.ClientsListed(List.of(runsAfterAll), List.of()));
        assertThat(server.on(((Effect.Call) late.getFirst()).continuation(), told, NOW))
                .extracting(PlacementServerTest::request)
                .containsExactly(stop(201));
    }

    @Test
    @Tag("A1")
    void whatIsDoneToAProcessOfSeveralTilesIsDoneToAll() {
        List<Effect> effects = ask(new SpawnProcess(spawn("sum").spec(), parent, 0, 2));
        start((Effect.Call) effects.getFirst(), 200);
        ProcessSpawned spawned = (ProcessSpawned) answer(start((Effect.Call) effects.getLast(), 201));
        assertThat(spawned.process()).isEqualTo(new ProcessId(new ClientId(self.node(), 1, 200)));

        assertThat(ask(new KillFamily(spawned.process(), Signal.KILL)))
                .extracting(PlacementServerTest::request)
                .containsExactly(stop(200), stop(201));
        assertThat(ask(ended((Effect.Call) effects.getFirst(), 200, 0)))
                .extracting(PlacementServerTest::request)
                .startsWith(stop(201));
    }

    @Test
    void theNewsOfAnEndFreesTheTileAndAnswersAllWhoWait() {
        Effect.Call start = call(ask(spawn("cat")));
        ProcessSpawned spawned = started(start, 200);
        List<Effect> first = ask(new WaitForProcess(spawned.process(), 50));
        ask(new WaitForProcess(spawned.process(), 50));

        List<Effect> effects = ask(ended(start, 200, 3));

        assertThat(effects.subList(0, 2)).allMatch(Effect.Reply.class::isInstance);
        assertThat(((Effect.Reply) effects.getFirst()).answer()).isEqualTo(new ProcessEnded(spawned.process(), 3));
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
        Effect.Call forget = call(ask(ended(start, 200, 0)));
        assertThat(forget.request()).isEqualTo(new NameProtocol.ForgetClient(new ClientId(self.node(), 1, 200)));
        assertThat(server.on(forget.continuation(), new Response.DeadlinePassed(), NOW))
                .as("the tile is to remember it")
                .isEmpty();
        var forgotten = new Response.Answered(new NameProtocol.ClientForgotten());
        assertThat(answer(server.on(forget.continuation(), forgotten, NOW))).isEqualTo(new Delegation.EndNoted());
        assertThat(server.taken()).containsExactly(tile(next));
    }

    @Test
    void aMoveIsNotedByBothNodesOnceTheNameFleetKnows() {
        ClientId client = new ClientId(self.node(), 1, 200);
        Place there = new Place(new Incarnation(new NodeId(2), 1), new TileId(new NodeId(2), 3, 3), 1);
        Effect.Call note = call(ask(new Migration.ClientDeparted(client, there)));
        assertThat(note.request()).isEqualTo(new NameProtocol.NoteMoved(client, there));
        assertThat(server.on(note.continuation(), new Response.DeadlinePassed(), NOW))
                .as("the tile is to remember it")
                .isEmpty();
        var noted = new Response.Answered(new NameProtocol.MoveNoted());
        assertThat(answer(server.on(note.continuation(), noted, NOW))).isEqualTo(new Migration.DepartureNoted());

        TileId tile = new TileId(self.node(), 3, 3);
        var running = new Delegation.RunningClient(client, Reserved.PLACEMENT.address(self, grid), noted.answer(), 0);
        Effect.Call back = call(ask(new Migration.ClientArrived(running, tile, 2)));
        assertThat(back.request()).isEqualTo(new NameProtocol.NoteMoved(client, new Place(self, tile, 2)));
        assertThat(server.on(back.continuation(), new Response.DeadlinePassed(), NOW))
                .isEmpty();
        assertThat(answer(server.on(back.continuation(), noted, NOW))).isEqualTo(new Migration.ArrivalNoted());
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

    private SpawnProcess waiting(String program) {
        return new SpawnProcess(spawn(program).spec(), parent, 1_000_000_000L, 1);
    }

    private static Effect.Timer timer(List<Effect> effects) {
        assertThat(effects).singleElement().isInstanceOf(Effect.Timer.class);
        return (Effect.Timer) effects.getFirst();
    }

    private static List<String> programs(List<Effect> effects) {
        return effects.stream()
                .filter(Effect.Call.class::isInstance)
                .map(effect -> ((Effect.Call) effect).request())
                .filter(Delegation.StartClient.class::isInstance)
                .map(start -> ((StartProcess) ((Delegation.StartClient) start).spec())
                        .spec()
                        .program())
                .toList();
    }

    private List<Effect> raw(Payload request) {
        Address to = Reserved.PLACEMENT.address(self, grid);
        Address asker = new Address(new ClientId(self.node(), 1, 900), 0, parent);
        String domain = ProcessSpec.OPERATOR;
        return server.on(new Envelope(to, asker, domain, Envelope.Kind.REQUEST, ++call, 0, request, null), NOW);
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

    private static Payload request(Effect effect) {
        return effect instanceof Effect.Call asked ? asked.request() : ((Effect.Reply) effect).answer();
    }

    private List<Effect> start(Effect.Call start, int number) {
        ClientId client = new ClientId(self.node(), 1, number);
        var answer = new Delegation.ClientStarted(client, new Address(client, 1, tile(start)));
        return server.on(start.continuation(), new Response.Answered(answer), NOW);
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
