package org.factoredos.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.FrameRun;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Paging;
import org.factoredos.kernel.Payload;
import org.factoredos.memory.MemoryProtocol.AllocateFrames;
import org.factoredos.memory.MemoryProtocol.FramesAllocated;
import org.factoredos.memory.MemoryProtocol.FramesFreed;
import org.factoredos.memory.MemoryProtocol.FreeFrames;
import org.factoredos.memory.MemoryProtocol.Refused;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.server.Effect;
import org.factoredos.server.ElasticProtocol;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** §3.3: a node's first memory server, without any machine room. */
@Tag("O3")
class MemoryServerTest {
    private static final int FRAMES = 16;

    private final Grid grid = Grid.ofOneNode(8, 4);
    private final Incarnation self = new Incarnation(new NodeId(1), 1);
    private final Address address = Reserved.MEMORY.address(self, grid);
    private final TileId tile = new TileId(self.node(), 1, 3);
    private final ClientId client = new ClientId(self.node(), 1, 100);
    private final MemoryServer server = new MemoryServer(self, grid, address, new MemoryServer.Settings(FRAMES, 0, 1));
    private long call;

    @Test
    void nothingIsAnsweredBeforeEveryTileHasSaidWhatItHolds() {
        List<Effect> effects = ask("sys:fs", new AllocateFrames(1, 10));
        assertThat(effects).filteredOn(effect -> effect instanceof Effect.Call).hasSize(32);

        Paging.Held held = new Paging.Held(client, "user", 7, List.of(new FrameRun(0, 8)), true, true, address);
        List<Effect> then = survey(effects, held);

        assertThat(answer(then)).as("8 are held already").isEqualTo(new Refused(MemoryError.OUT_OF_MEMORY));
        assertThat(server.free().cardinality()).isEqualTo(8);
    }

    @Test
    @Tag("S1")
    void aFurtherServerGoesOnceNobodyWaitsForItAndTheFirstOneNever() {
        Address further = new Address(new ClientId(self.node(), 1, 200), 1, new TileId(self.node(), 5, 3));
        MemoryServer second = new MemoryServer(self, grid, further, new MemoryServer.Settings(FRAMES, 0, 1));
        Envelope retire = new Envelope(
                further,
                new Address(client, 0, tile),
                "sys:placement",
                Envelope.Kind.REQUEST,
                ++call,
                0,
                new ElasticProtocol.Retire(),
                null);
        List<Effect> then = new ArrayList<>(second.on(retire, 0));
        for (int i = 0; i < then.size(); i++) { // Until it knows what it has: no tile holds anything of it.
            if (then.get(i) instanceof Effect.Call asked) {
                Payload answer = asked.request() instanceof MemoryProtocol.AskPool
                        ? new MemoryProtocol.PoolTold(0, List.of())
                        : new Paging.GrantsListed(List.of(), null);
                then.addAll(second.on(asked.continuation(), new Response.Answered(answer), 0));
            }
        }
        assertThat(then)
                .filteredOn(effect -> effect instanceof Effect.Reply)
                .extracting(effect -> ((Effect.Reply) effect).answer())
                .containsExactly(new ElasticProtocol.Retired());

        serve();
        assertThat(answer(ask("sys:placement", new ElasticProtocol.Retire())))
                .isEqualTo(new ElasticProtocol.StillServing());
    }

    @Test
    void aRegionIsAllocatedWhenItsTileHasGrantedIt() {
        serve();
        Effect.Call grant = call(ask("sys:fs", new AllocateFrames(1, 10)));
        assertThat(grant.to()).isEqualTo(Address.ofShim(self, grid, tile));
        assertThat(grant.request()).isInstanceOfSatisfying(Paging.GrantFrames.class, said -> {
            assertThat(FrameSet.count(said.runs())).isEqualTo(10);
            assertThat(said.fresh()).isTrue();
        });
        assertThat(answer(respond(grant, new Paging.FramesGranted()))).isEqualTo(new FramesAllocated(true));

        Effect.Call again = call(ask("sys:fs", new AllocateFrames(1, 10)));
        assertThat(again.request())
                .as("the same once more, and not wiped")
                .isInstanceOfSatisfying(
                        Paging.GrantFrames.class,
                        said -> assertThat(said.fresh()).isFalse());
        assertThat(server.free().cardinality()).isEqualTo(6);
    }

    @Test
    void whatATileRefusesIsFreeAgain() {
        serve();
        Effect.Call grant = call(ask("sys:fs", new AllocateFrames(1, 10)));

        List<Effect> then = respond(grant, new Paging.GrantRefused(Paging.Obstacle.GIVEN_UP));

        assertThat(answer(then)).isEqualTo(new Refused(MemoryError.GIVEN_UP));
        assertThat(server.free().cardinality()).isEqualTo(FRAMES);
    }

    @Test
    void aGrantWithoutAnAnswerIsAskedForAndNeverTakenForFree() {
        serve();
        Effect.Call grant = call(ask("sys:fs", new AllocateFrames(1, 10)));
        Effect.Call list = call(server.on(grant.continuation(), new Response.DeadlinePassed(), 0));
        assertThat(list.request()).isEqualTo(new Paging.ListGrants());
        assertThat(server.free().cardinality()).isEqualTo(6);

        GrantFramesSaid said = new GrantFramesSaid((Paging.GrantFrames) grant.request());
        assertThat(answer(respond(list, said.listed(address)))).isEqualTo(new FramesAllocated(true));
    }

    @Test
    void whatATileSaidBeforeAGrantDoesNotEndIt() {
        serve();
        Effect.Call early = call(server.on(
                new Envelope(
                        address,
                        Address.ofShim(self, grid, tile),
                        "sys:kernel",
                        Envelope.Kind.MESSAGE,
                        0,
                        0,
                        new Paging.FramesReturned(tile),
                        null),
                0));
        Effect.Call grant = call(ask("sys:fs", new AllocateFrames(1, 10)));

        respond(early, new Paging.GrantsListed(List.of(), null));
        assertThat(server.free().cardinality()).isEqualTo(6);

        respond(grant, new Paging.FramesGranted());
        Effect.Call late = call(ask("sys:fs", new FreeFrames(1)));
        assertThat(answer(respond(late, new Paging.GrantsListed(List.of(), null))))
                .isEqualTo(new FramesFreed());
        assertThat(server.free().cardinality()).isEqualTo(FRAMES);
    }

    @Test
    @Tag("P3")
    void twoWishesOfADomainCountTogetherBeforeEitherIsAllowed() {
        serve();
        Effect.Call first = call(ask("alice", new AllocateFrames(1, 5)));
        Effect.Call second = call(ask("alice", new AllocateFrames(2, 6)));

        assertThat(((PrivilegeProtocol.AskRight) first.request()).target()).isEqualTo("5");
        assertThat(((PrivilegeProtocol.AskRight) second.request()).target()).isEqualTo("11");
        assertThat(answer(respond(second, new PrivilegeProtocol.RightDenied())))
                .isEqualTo(new Refused(MemoryError.QUOTA_EXCEEDED));
        respond(first, new PrivilegeProtocol.RightAllowed());
        Effect.Call third = call(ask("alice", new AllocateFrames(3, 2)));
        assertThat(((PrivilegeProtocol.AskRight) third.request()).target()).isEqualTo("7");
    }

    @Test
    void aTileOfAnotherNodeIsGivenNothing() {
        serve();
        Address from = new Address(client, 0, new TileId(new NodeId(2), 0, 0));
        List<Effect> effects = server.on(
                new Envelope(address, from, "sys:fs", Envelope.Kind.REQUEST, ++call, 0, new AllocateFrames(1, 1), null),
                0);

        assertThat(answer(effects)).isEqualTo(new Refused(MemoryError.ELSEWHERE));
    }

    /** What a tile lists after such a grant. */
    private record GrantFramesSaid(Paging.GrantFrames grant) {
        Paging.GrantsListed listed(Address by) {
            return new Paging.GrantsListed(
                    List.of(new Paging.Held(grant.client(), "sys:fs", grant.region(), grant.runs(), true, true, by)),
                    null);
        }
    }

    private void serve() {
        survey(ask("sys:fs", new MemoryProtocol.ReportMemory()));
        assertThat(server.serving()).isTrue();
    }

    /** All tiles answer, twice; {@code held} is on the first. */
    private List<Effect> survey(List<Effect> effects, Paging.Held... held) {
        List<Effect> next = effects;
        for (int round = 0; round < 2; round++) {
            List<Effect> then = new ArrayList<>();
            boolean first = true;
            for (Effect effect : next) {
                if (effect instanceof Effect.Call asked && asked.request() instanceof Paging.ListGrants) {
                    then.addAll(respond(asked, new Paging.GrantsListed(first ? List.of(held) : List.of(), null)));
                    first = false;
                }
            }
            next = then;
        }
        return next;
    }

    private List<Effect> ask(String domain, Payload.Request<?> request) {
        return server.on(
                new Envelope(
                        address, new Address(client, 0, tile), domain, Envelope.Kind.REQUEST, ++call, 0, request, null),
                0);
    }

    private List<Effect> respond(Effect.Call to, Payload answer) {
        return server.on(to.continuation(), new Response.Answered(answer), 0);
    }

    private static Effect.Call call(List<Effect> effects) {
        return effects.stream()
                .filter(Effect.Call.class::isInstance)
                .map(Effect.Call.class::cast)
                .findFirst()
                .orElseThrow();
    }

    private static Payload answer(List<Effect> effects) {
        return effects.stream()
                .filter(Effect.Reply.class::isInstance)
                .map(effect -> ((Effect.Reply) effect).answer())
                .findFirst()
                .orElseThrow();
    }
}
