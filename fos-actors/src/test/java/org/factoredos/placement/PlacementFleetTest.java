package org.factoredos.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.factoredos.server.Members.GRID;
import static org.factoredos.server.Members.N1;
import static org.factoredos.server.Members.N2;
import static org.factoredos.server.Members.N3;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Delegation.ClientsListed;
import org.factoredos.kernel.Delegation.ListClients;
import org.factoredos.kernel.Delegation.RunningClient;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Migration;
import org.factoredos.kernel.Migration.FindClient;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Place;
import org.factoredos.kernel.RightKind;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Signal;
import org.factoredos.placement.PlacementProtocol.ChildrenEnding;
import org.factoredos.placement.PlacementProtocol.EndChildren;
import org.factoredos.placement.PlacementProtocol.HandedOn;
import org.factoredos.placement.PlacementProtocol.KillBegun;
import org.factoredos.placement.PlacementProtocol.KillFamily;
import org.factoredos.placement.PlacementProtocol.KillProcess;
import org.factoredos.placement.PlacementProtocol.ListProcesses;
import org.factoredos.placement.PlacementProtocol.ListTiles;
import org.factoredos.placement.PlacementProtocol.PlaceProcess;
import org.factoredos.placement.PlacementProtocol.ProcessEnded;
import org.factoredos.placement.PlacementProtocol.ProcessSpawned;
import org.factoredos.placement.PlacementProtocol.ProcessStatus;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.PlacementProtocol.Reach;
import org.factoredos.placement.PlacementProtocol.Refused;
import org.factoredos.placement.PlacementProtocol.SpawnProcess;
import org.factoredos.placement.PlacementProtocol.StartProcess;
import org.factoredos.placement.PlacementProtocol.StillRunning;
import org.factoredos.placement.PlacementProtocol.TilesListed;
import org.factoredos.placement.PlacementProtocol.WaitForProcess;
import org.factoredos.placement.ProcessSpec.Tracing;
import org.factoredos.privilege.PrivilegeProtocol.AskRight;
import org.factoredos.privilege.PrivilegeProtocol.RightAllowed;
import org.factoredos.privilege.PrivilegeProtocol.RightDenied;
import org.factoredos.server.Effect;
import org.factoredos.server.Members;
import org.factoredos.server.Membership;
import org.factoredos.server.NodeLease;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** §3.3: any member of the placement fleet may be asked, also one that has just taken another's place. */
@Tag("O2")
class PlacementFleetTest {
    private static final long START = 1_000;
    private static final long PATIENCE = 3_000_000_000L;
    /** All others are kept, or not placement's to give. */
    private static final TileId FREE = GRID.tilesOf(N1.node()).getLast();

    private static final SortedMap<TileId, String> OTHERS = others();

    private static final ClientId PARENT = new ClientId(N1.node(), 1, 900);

    private final Address asker = new Address(PARENT, 0, FREE);
    private final Address self = Reserved.PLACEMENT.address(N1, GRID);
    private final PlacementServer server = new PlacementServer(N1, GRID, name -> true, OTHERS);
    private long now = START;
    private long call;

    // What the tiles know

    @Test
    @Tag("M2")
    void anEndWhoseNewsWereLostIsFoundByAskingTheTile() {
        settle();
        answer(only(ask(spawn())), new Delegation.ClientStarted(process(N1, 200).client(), first(200)));
        Effect.Timer look = (Effect.Timer) server.on(Members.up(N1), now).getFirst();
        ask(new WaitForProcess(process(N1, 200), PATIENCE));

        List<Effect> effects = server.on(look.continuation(), new Response.DeadlinePassed(), now);
        Effect.Call asked = (Effect.Call) effects.getFirst();
        assertThat(asked.request()).isEqualTo(new ListClients());
        assertThat(effects.getLast()).as("and it looks again").isEqualTo(look);
        assertThat(answer(asked, new ClientsListed(List.of(running(200)), List.of())))
                .as("it runs")
                .isEmpty();
        var end = new Delegation.ClientEnded(process(N1, 200).client(), FREE, 3);

        assertThat(replied(answer(asked, new ClientsListed(List.of(), List.of(end)))))
                .isEqualTo(new ProcessEnded(process(N1, 200), 3));
    }

    @Test
    @Tag("M2")
    void aProcessThatItsTileDoesNotRememberHasEnded() {
        settle();
        answer(only(ask(spawn())), new Delegation.ClientStarted(process(N1, 200).client(), first(200)));
        Effect.Timer look = (Effect.Timer) server.on(Members.up(N1), now).getFirst();
        ask(new WaitForProcess(process(N1, 200), PATIENCE));
        Effect.Call asked = (Effect.Call) server.on(look.continuation(), new Response.DeadlinePassed(), now)
                .getFirst();

        Effect.Call missed = only(answer(asked, nothing()));

        assertThat(missed.request())
                .as("it may have left")
                .isEqualTo(new FindClient(process(N1, 200).client()));
        assertThat(replied(answer(missed, new Migration.ClientIsOver()))).isInstanceOf(ProcessEnded.class);
        assertThat(taken()).isEmpty();
    }

    @Test
    @Tag("N6")
    void aProcessWhoseMoveWasNotToldIsFoundByAskingItsTile() {
        settle();
        answer(only(ask(spawn())), new Delegation.ClientStarted(process(N1, 200).client(), first(200)));
        Effect.Timer look = (Effect.Timer) server.on(Members.up(N1), now).getFirst();
        Effect.Call asked = (Effect.Call) server.on(look.continuation(), new Response.DeadlinePassed(), now)
                .getFirst();
        Effect.Call missed = only(answer(asked, nothing()));

        assertThat(answer(missed, new Migration.ClientIsMoving()))
                .as("nobody knows yet")
                .isEmpty();
        assertThat(taken()).containsExactly(FREE);
        assertThat(answer(missed, new Migration.ClientSeen(new Place(N2, new TileId(N2.node(), 0, 0), 1))))
                .isEmpty();
        assertThat(taken()).isEmpty();
        assertThat(listed(ask(new ListProcesses(Reach.NODE)))).isEmpty();
    }

    @Test
    void aServerThatTakesAnothersPlaceAnswersOnceItsTilesHaveToldWhatRuns() {
        ProcessId process = process(N1, 200);
        Effect.Call survey = only(ask(new WaitForProcess(process, PATIENCE)));
        assertThat(survey.request()).isEqualTo(new ListClients());
        assertThat(ask(new KillProcess(process, Signal.KILL)))
                .as("nothing is refused yet")
                .isEmpty();

        List<Effect> effects = answer(survey, new ClientsListed(List.of(running(200)), List.of()));

        assertThat(effects).hasSize(2);
        assertThat(effects.getFirst()).as("the wait waits").isInstanceOf(Effect.Timer.class);
        assertThat(((Effect.Call) effects.getLast()).request())
                .isEqualTo(new Delegation.StopClient(process.client(), Signal.KILL));
        assertThat(listed(ask(new ListProcesses(Reach.NODE)))).containsExactly(process);
    }

    @Test
    void aTileThatDoesNotAnswerIsAskedAgain() {
        Effect.Call survey = only(ask(new WaitForProcess(process(N1, 200), PATIENCE)));
        Effect.Call again = only(server.on(survey.continuation(), new Response.DeadlinePassed(), now));
        var full = new Response.SendRefused(SendResult.QUEUE_FULL);
        Effect.Timer rest =
                (Effect.Timer) server.on(again.continuation(), full, now).getFirst();
        Effect.Call third = only(server.on(rest.continuation(), new Response.DeadlinePassed(), now));

        assertThat(third.request()).isEqualTo(new ListClients());
        assertThat(replied(answer(third, nothing()))).isEqualTo(new Refused(PlacementError.NO_SUCH_PROCESS));
    }

    @Test
    void anEndThatNobodyHasNotedIsToldToWhoWaits() {
        ProcessId process = process(N1, 200);
        Effect.Call survey = only(ask(new WaitForProcess(process, PATIENCE)));
        var end = new Delegation.ClientEnded(process.client(), FREE, 3);

        assertThat(replied(answer(survey, new ClientsListed(List.of(), List.of(end)))))
                .isEqualTo(new ProcessEnded(process, 3));
    }

    @Test
    void aStartWhoseAnswerIsLostIsFoundOnItsTile() {
        settle();
        Effect.Call start = only(ask(spawn()));
        Effect.Call survey = only(server.on(start.continuation(), new Response.DeadlinePassed(), now));
        assertThat(taken()).as("nobody else gets the tile").containsExactly(FREE);

        Payload spawned = replied(answer(survey, new ClientsListed(List.of(running(200)), List.of())));

        assertThat(spawned).isEqualTo(new ProcessSpawned(process(N1, 200), FREE, first(200)));
        assertThat(listed(ask(new ListProcesses(Reach.NODE)))).containsExactly(process(N1, 200));
    }

    @Test
    void aStartThatCameToNothingFreesItsTile() {
        settle();
        Effect.Call start = only(ask(spawn()));
        Effect.Call survey = only(server.on(start.continuation(), new Response.DeadlinePassed(), now));

        assertThat(answer(survey, nothing())).isEmpty();
        assertThat(taken()).isEmpty();
    }

    @Test
    void aTileThatIsTakenTellsWhatRunsThere() {
        settle();
        Effect.Call start = only(ask(spawn()));
        List<Effect> effects = answer(start, new Delegation.TileTaken());
        assertThat(replied(effects)).isEqualTo(new Refused(PlacementError.NO_FREE_TILE));

        answer((Effect.Call) effects.getLast(), new ClientsListed(List.of(running(200)), List.of()));

        assertThat(listed(ask(new ListProcesses(Reach.NODE)))).containsExactly(process(N1, 200));
        assertThat(taken()).containsExactly(FREE);
    }

    @Test
    @Tag("M12")
    void noProgramTellsThatAProcessHasEnded() {
        settle();
        Effect.Call start = only(ask(spawn()));
        answer(start, new Delegation.ClientStarted(process(N1, 200).client(), first(200)));

        assertThat(ask(new Delegation.ClientEnded(process(N1, 200).client(), FREE, 0)))
                .isEmpty();
        assertThat(taken()).containsExactly(FREE);
    }

    // Processes of other nodes

    @Test
    void aProcessIsItsOwnNodesBusiness() {
        settle();
        members(Members.up(N1, N2));
        ProcessId process = process(N2, 200);

        Effect.Call wait = only(ask(new WaitForProcess(process, PATIENCE)));
        assertThat(wait.to()).isEqualTo(Reserved.PLACEMENT.address(N2, GRID));
        assertThat(wait.request()).isEqualTo(handedOn(new WaitForProcess(process, PATIENCE)));
        assertThat(replied(answer(wait, new ProcessEnded(process, 3)))).isEqualTo(new ProcessEnded(process, 3));

        Effect.Call kill = only(ask(new KillProcess(process, Signal.KILL)));
        assertThat(kill.to()).isEqualTo(Reserved.PLACEMENT.address(N2, GRID));
        assertThat(replied(answer(kill, new KillBegun()))).isEqualTo(new KillBegun());
    }

    @Test
    void aProcessWhoseNodeIsLostHasEndedOnceNothingOfThatNodeCanBeBelieved() {
        settle();
        Membership both = Members.up(N1, N2);
        members(both);
        ProcessId process = process(N2, 200);
        Effect.Call wait = only(ask(new WaitForProcess(process, PATIENCE)));
        var lost = new Response.SendRefused(SendResult.UNREACHABLE);
        Effect.Timer rest =
                (Effect.Timer) server.on(wait.continuation(), lost, now).getFirst();
        members(Members.without(both, N2, now));
        now += rest.afterNanos();
        Effect.Call again = only(server.on(rest.continuation(), new Response.DeadlinePassed(), now));
        now += NodeLease.LENGTH_NANOS;

        assertThat(replied(server.on(again.continuation(), new Response.DeadlinePassed(), now)))
                .isEqualTo(new ProcessEnded(process, 129));
        assertThat(replied(ask(new KillProcess(process, Signal.KILL))))
                .isEqualTo(new Refused(PlacementError.NODE_LOST));
    }

    @Test
    void aWaitThatItsNodeDoesNotAnswerEndsAsFarAsAnybodyKnows() {
        settle();
        members(Members.up(N1, N2));
        Effect.Call wait = only(ask(new WaitForProcess(process(N2, 200), PATIENCE)));
        now += PATIENCE;

        assertThat(replied(server.on(wait.continuation(), new Response.DeadlinePassed(), now)))
                .isEqualTo(new StillRunning());
    }

    @Test
    void aNumberOfAnEarlierBootIsNoneOfAProcessThatRunsNow() {
        PlacementServer later = new PlacementServer(new Incarnation(N1.node(), 2), GRID, name -> true, OTHERS);
        Effect.Call survey = only(later.on(envelope(new KillProcess(process(N1, 200), Signal.KILL)), now));
        var running = new RunningClient(
                new ClientId(N1.node(), 2, 200),
                Reserved.PLACEMENT.address(new Incarnation(N1.node(), 2), GRID),
                new StartProcess(spec(), PARENT),
                START);

        assertThat(replied(later.on(
                        survey.continuation(),
                        new Response.Answered(new ClientsListed(List.of(running), List.of())),
                        now)))
                .isEqualTo(new Refused(PlacementError.NODE_LOST));
    }

    // Room on other nodes

    @Test
    @Tag("S9")
    void aFullNodeHandsASpawnOnToTheNearestPeerWithRoom() {
        settle();
        members(Members.up(N1, N2, N3));
        only(ask(spawn()));

        Effect.Call nearest = only(ask(spawn()));
        assertThat(nearest.to()).isEqualTo(Reserved.PLACEMENT.address(N2, GRID));
        assertThat(nearest.request()).isEqualTo(new PlaceProcess(spawn(), PARENT));
        Effect.Call next = only(answer(nearest, new Refused(PlacementError.NO_FREE_TILE)));
        assertThat(next.to()).isEqualTo(Reserved.PLACEMENT.address(N3, GRID));
        var spawned = new ProcessSpawned(process(N3, 200), new TileId(N3.node(), 3, 3), first(200));

        assertThat(replied(answer(next, spawned))).isEqualTo(spawned);
        assertThat(replied(answer(next, new Refused(PlacementError.NO_FREE_TILE))))
                .isEqualTo(new Refused(PlacementError.NO_FREE_TILE));
    }

    @Test
    @Tag("S9")
    void aSpawnThatAPeerMayHaveCarriedOutGoesToNoOther() {
        settle();
        members(Members.up(N1, N2, N3));
        only(ask(spawn()));
        Effect.Call nearest = only(ask(spawn()));

        assertThat(server.on(nearest.continuation(), new Response.DeadlinePassed(), now))
                .isEmpty();
        assertThat(server.on(nearest.continuation(), new Response.SendRefused(SendResult.UNREACHABLE), now))
                .isEmpty();
        assertThat(server.on(nearest.continuation(), new Response.SendRefused(SendResult.QUEUE_FULL), now))
                .hasSize(1);
    }

    @Test
    @Tag("S9")
    void whatWasHandedOnGoesNoFurther() {
        settle();
        members(Members.up(N1, N2));
        only(askAsMember(new PlaceProcess(spawn(), PARENT)));

        assertThat(replied(askAsMember(new PlaceProcess(spawn(), PARENT))))
                .isEqualTo(new Refused(PlacementError.NO_FREE_TILE));
    }

    // Families

    @Test
    void aFamilyIsEndedOnEveryNodeOnWhichItHasChildren() {
        settle();
        members(Members.up(N1, N2));
        ProcessId elsewhere = process(N2, 7);
        ProcessId child = process(N1, 200);
        Effect.Call start = only(askAsMember(new PlaceProcess(spawn(), elsewhere.client())));
        answer(start, new Delegation.ClientStarted(child.client(), first(200)));

        List<Effect> effects = askAsMember(new EndChildren(List.of(elsewhere), Signal.KILL));

        assertThat(replied(effects)).isEqualTo(new ChildrenEnding());
        assertThat(effects)
                .filteredOn(Effect.Call.class::isInstance)
                .extracting(effect -> ((Effect.Call) effect).request())
                .isEqualTo(List.of(
                        new Delegation.StopClient(child.client(), Signal.KILL),
                        new EndChildren(List.of(child), Signal.KILL)));
        assertThat(askAsMember(new EndChildren(List.of(elsewhere), Signal.KILL)))
                .as("told again, it tells nobody again")
                .noneMatch(effect -> effect instanceof Effect.Call call && call.request() instanceof EndChildren);
    }

    @Test
    void theOtherNodesAreToldOfAFamilyThatEndsUntilTheyKnow() {
        settle();
        members(Members.up(N1, N2));
        Effect.Call start = only(ask(spawn()));
        answer(start, new Delegation.ClientStarted(process(N1, 200).client(), first(200)));

        Effect.Call told =
                (Effect.Call) ask(new KillFamily(process(N1, 200), Signal.KILL)).getLast();
        assertThat(told.to()).isEqualTo(Reserved.PLACEMENT.address(N2, GRID));
        assertThat(told.request()).isEqualTo(new EndChildren(List.of(process(N1, 200)), Signal.KILL));
        Effect.Call again = only(server.on(told.continuation(), new Response.DeadlinePassed(), now));
        assertThat(again.request()).isEqualTo(told.request());
        assertThat(answer(again, new ChildrenEnding())).isEmpty();
        members(Members.up(N1));
        assertThat(server.on(told.continuation(), new Response.DeadlinePassed(), now))
                .as("its node is gone")
                .isEmpty();
    }

    @Test
    void aFamilyOfAnotherNodeIsThatNodesBusiness() {
        settle();
        members(Members.up(N1, N2));

        Effect.Call kill = only(ask(new KillFamily(process(N2, 200), Signal.KILL)));

        assertThat(kill.to()).isEqualTo(Reserved.PLACEMENT.address(N2, GRID));
        assertThat(kill.request()).isEqualTo(handedOn(new KillFamily(process(N2, 200), Signal.KILL)));
    }

    @Test
    void aChildThatIsPlacedAfterItsParentsEndBeganElsewhereDoesNotOutliveIt() {
        settle();
        ProcessId elsewhere = process(N2, 7);
        askAsMember(new EndChildren(List.of(elsewhere), Signal.KILL));
        Effect.Call start = only(askAsMember(new PlaceProcess(spawn(), elsewhere.client())));

        List<Effect> effects =
                answer(start, new Delegation.ClientStarted(process(N1, 200).client(), first(200)));

        assertThat(((Effect.Call) effects.getLast()).request())
                .isEqualTo(new Delegation.StopClient(process(N1, 200).client(), Signal.KILL));
    }

    @Test
    void aChildThatIsStartedAsItsFamilyIsInterruptedIsInterruptedToo() {
        settle();
        Effect.Call start = only(ask(spawn()));
        ask(new KillFamily(new ProcessId(PARENT), Signal.INTERRUPT));

        List<Effect> effects =
                answer(start, new Delegation.ClientStarted(process(N1, 200).client(), first(200)));

        assertThat(((Effect.Call) effects.getLast()).request())
                .isEqualTo(new Delegation.StopClient(process(N1, 200).client(), Signal.INTERRUPT));
        askAsMember(new Delegation.ClientEnded(process(N1, 200).client(), FREE, 130));
        Effect.Call later = only(ask(spawn()));
        assertThat(answer(later, new Delegation.ClientStarted(process(N1, 201).client(), first(201))))
                .as("its parent has handled that, and goes on")
                .hasSize(1);
    }

    // Whose they are

    @Test
    @Tag("P3")
    void whoHasNoRightToSignalAnotherDomainsProcessIsRefused() {
        settle();
        answer(only(ask(spawn())), new Delegation.ClientStarted(process(N1, 200).client(), first(200)));
        var kill = new KillProcess(process(N1, 200), Signal.KILL);

        Effect.Call question = only(server.on(from("alice", kill), now));

        assertThat(question.request())
                .isEqualTo(new AskRight("alice", RightKind.SIGNAL, ProcessSpec.OPERATOR, PARENT, FREE));
        assertThat(replied(answer(question, new RightDenied()))).isEqualTo(new Refused(PlacementError.NOT_YOURS));
        assertThat(replied(server.on(question.continuation(), new Response.DeadlinePassed(), now)))
                .isEqualTo(new Refused(PlacementError.NOT_CHECKED));
        assertThat(only(answer(question, new RightAllowed())).request())
                .isEqualTo(new Delegation.StopClient(kill.process().client(), Signal.KILL));
        assertThat(only(server.on(from(ProcessSpec.OPERATOR, kill), now)).request())
                .as("one's own nobody asks about")
                .isEqualTo(new Delegation.StopClient(kill.process().client(), Signal.KILL));
    }

    @Test
    @Tag("P3")
    void onlyAMemberSaysOnWhoseBehalfItAsks() {
        settle();
        answer(only(ask(spawn())), new Delegation.ClientStarted(process(N1, 200).client(), first(200)));
        var kill = new KillProcess(process(N1, 200), Signal.KILL);
        var handedOn = new HandedOn(kill, ProcessSpec.OPERATOR, PARENT, FREE);

        assertThat(server.on(from("alice", handedOn), now)).isEmpty();
        assertThat(only(server.on(from("sys:placement", handedOn), now)).request())
                .isEqualTo(new Delegation.StopClient(kill.process().client(), Signal.KILL));
    }

    // Listings of the grid

    @Test
    void aListingIsOfAllNodesAndSaysWhichDidNotAnswer() {
        settle();
        members(Members.condemned(Members.up(N1, N2, N3), N3));
        Effect.Call start = only(ask(spawn()));
        answer(start, new Delegation.ClientStarted(process(N1, 200).client(), first(200)));
        var there = new ProcessStatus(process(N2, 7), new TileId(N2.node(), 3, 3), "alice", "wc", List.of(), 5);

        Effect.Call part = only(ask(new ListProcesses(Reach.GRID)));
        assertThat(part.request()).isEqualTo(new ListProcesses(Reach.NODE));
        List<Effect> whole = answer(part, new ProcessesListed(List.of(there), List.of()));

        assertThat(listed(whole)).containsExactly(process(N1, 200), process(N2, 7));
        assertThat(((ProcessesListed) replied(whole)).silent()).containsExactly(N3.node());

        Effect.Call tiles = only(ask(new ListTiles(Reach.GRID)));
        TilesListed late = (TilesListed) replied(server.on(tiles.continuation(), new Response.DeadlinePassed(), now));
        assertThat(late.tiles()).hasSize(GRID.tilesPerNode());
        assertThat(late.silent()).containsExactly(N2.node(), N3.node());
    }

    private static SortedMap<TileId, String> others() {
        SortedMap<TileId, String> others = new TreeMap<>();
        GRID.tilesOf(N1.node()).stream()
                .skip(Reserved.COUNT)
                .filter(tile -> !tile.equals(FREE))
                .forEach(tile -> others.put(tile, "init"));
        return others;
    }

    private void settle() {
        Effect.Call survey = only(ask(new ListProcesses(Reach.NODE)));
        answer(survey, nothing());
    }

    private void members(Membership membership) {
        server.on(membership, now);
    }

    private List<TileId> taken() {
        return server.taken().stream().filter(tile -> !OTHERS.containsKey(tile)).toList();
    }

    private List<Effect> ask(Payload request) {
        return Permitted.by(server, envelope(request), now);
    }

    private Envelope envelope(Payload request) {
        return from(ProcessSpec.OPERATOR, request);
    }

    private List<Effect> askAsMember(Payload request) {
        return server.on(from("sys:placement", request), now);
    }

    private Envelope from(String domain, Payload request) {
        return new Envelope(self, asker, domain, Envelope.Kind.REQUEST, ++call, 0, request, null);
    }

    private List<Effect> answer(Effect.Call asked, Payload answer) {
        return server.on(asked.continuation(), new Response.Answered(answer), now);
    }

    private static ClientsListed nothing() {
        return new ClientsListed(List.of(), List.of());
    }

    private RunningClient running(int number) {
        return new RunningClient(process(N1, number).client(), self, new StartProcess(spec(), PARENT), START);
    }

    private static ProcessId process(Incarnation home, int number) {
        return new ProcessId(new ClientId(home.node(), home.boot(), number));
    }

    private static Address first(int number) {
        return new Address(process(N1, number).client(), Client.FIRST_MAILBOX, FREE);
    }

    private static SpawnProcess spawn() {
        return new SpawnProcess(spec(), FREE);
    }

    private static HandedOn handedOn(Payload asked) {
        return new HandedOn(asked, ProcessSpec.OPERATOR, PARENT, FREE);
    }

    private static ProcessSpec spec() {
        var nothing = new org.factoredos.placement.Stream.Nothing();
        return new ProcessSpec("cat", List.of(), "/", new TreeMap<>(), nothing, nothing, nothing, Tracing.NONE);
    }

    private static List<ProcessId> listed(List<Effect> effects) {
        Stream<ProcessStatus> processes = ((ProcessesListed) replied(effects)).processes().stream();
        return processes.map(ProcessStatus::process).toList();
    }

    private static Effect.Call only(List<Effect> effects) {
        assertThat(effects).singleElement().isInstanceOf(Effect.Call.class);
        return (Effect.Call) effects.getFirst();
    }

    private static Payload replied(List<Effect> effects) {
        assertThat(effects).first().isInstanceOf(Effect.Reply.class);
        return ((Effect.Reply) effects.getFirst()).answer();
    }
}
