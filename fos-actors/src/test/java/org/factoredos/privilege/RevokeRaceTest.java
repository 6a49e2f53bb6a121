package org.factoredos.privilege;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Mailbox;
import org.factoredos.kernel.Microkernel;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.RightKind;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Wire;
import org.factoredos.privilege.PrivilegeProtocol.DomainEstablished;
import org.factoredos.privilege.PrivilegeProtocol.EstablishDomain;
import org.factoredos.privilege.PrivilegeProtocol.GrantRight;
import org.factoredos.privilege.PrivilegeProtocol.RevokeRight;
import org.factoredos.privilege.PrivilegeProtocol.RightGranted;
import org.factoredos.privilege.PrivilegeProtocol.RightRevoked;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Holdings;
import org.factoredos.server.Membership;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.RunLoop;
import org.factoredos.server.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * G3 in one JVM with real threads: two tiles send without pause, their shims have a thread and the privilege fleet has
 * another, and the right comes and goes. Between a revoke's return and the next grant nothing arrives. This is more than that
 * nothing is accepted which was sent since: a send that began before has ended.
 *
 * <p>Three windows are held open, each for what would be lost without one of the parts of a revoke. A shim takes its turn late,
 * so a front that did not wait for its confirmation would be found out. A send may be long between its look at the right and
 * its deposit, so a shim that did not look at the in-send mark would. And the answer to a question may come behind the drop
 * that was ordered after it, so a tile that did not compare their numbers would believe it.
 */
@Tag("M14")
@Tag("P4")
class RevokeRaceTest {
    private static final long FEWEST_SENDS = 100_000;
    private static final long FEWEST_REVOKES = 200;
    private static final long FEWEST_PROGRESS = 50;
    private static final long PATIENCE_NANOS = 30_000_000_000L;
    private static final long PAUSE_NANOS = 10_000;
    private static final long LATE_NANOS = 500_000;
    private static final int SLOW_EACH = 128;

    private static final Incarnation N1 = new Incarnation(new NodeId(1), 1);
    private static final Grid GRID = Grid.ofOneNode(6, 5);
    private static final Address FRONT = Reserved.PRIVILEGE_FRONT.address(N1, GRID);
    private static final Right RIGHT = new Right("alice", RightKind.SEND, "bob");

    /** Its deposit, in the middle of the send, is slow now and then. */
    private record Slow(long number) implements Payload {
        @Override
        public int bytes() {
            if (number % SLOW_EACH == 0) {
                LockSupport.parkNanos(LATE_NANOS);
            }
            return 64;
        }
    }

    /** The front, every other yes of which reaches the one tile behind the drop that comes next. */
    private static final class Overtaken implements Server, Membership.Watcher {
        private final PrivilegeFront front = new PrivilegeFront(N1, () -> true);
        private final Microkernel tile;
        private final List<Effect> late = new ArrayList<>();
        private boolean overtakes;

        Overtaken(Microkernel tile) {
            this.tile = tile;
        }

        @Override
        public List<Effect> on(Membership membership, long nanos) {
            return front.on(membership, nanos);
        }

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            return withoutLate(front.on(in, nanos));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            List<Effect> effects = new ArrayList<>();
            if (continuation instanceof Holdings.AwaitingDropped dropped
                    && dropped.shim().equals(tile.address())) {
                effects.addAll(late);
                late.clear();
            }
            effects.addAll(withoutLate(front.on(continuation, response, nanos)));
            return effects;
        }

        private List<Effect> withoutLate(List<Effect> effects) {
            List<Effect> now = new ArrayList<>();
            for (Effect effect : effects) {
                boolean yes = effect instanceof Effect.Reply reply
                        && reply.to().tile().equals(tile.tile())
                        && reply.answer() instanceof Delegation.RightChecked checked
                        && checked.allowed();
                overtakes ^= yes;
                (yes && overtakes ? late : now).add(effect);
            }
            return now;
        }
    }

    private final Interconnect node =
            new Interconnect(N1.node(), N1.boot(), GRID, new StaticRights(GRID), System::nanoTime, Wire.none());
    private final Microkernel overtaken = tile(0);
    private final List<Client> senders = List.of(open(0, "alice"), open(1, "alice"));
    private final Client receiver = open(2, "bob");
    private final Client admin = open(3, "sys:init");
    private final Mailbox received = receiver.createMailbox(1 << 22, 1L << 38);
    private final Map<SendResult, AtomicLong> results = new LinkedHashMap<>();
    private final List<RunLoop> fleet = new ArrayList<>();
    private final AtomicBoolean stopped = new AtomicBoolean();

    private Microkernel tile(int number) {
        return node.microkernels().get(Reserved.COUNT + number);
    }

    private Client open(int number, String domain) {
        return tile(number).open(domain, 64, () -> {});
    }

    @BeforeEach
    void start() {
        for (SendResult result : SendResult.values()) {
            results.put(result, new AtomicLong());
        }
        node.leaseGranted(node.nanos(), Long.MAX_VALUE);
        node.microkernels().forEach(each -> each.delegateRightsTo(FRONT));
        serve(Reserved.PRIVILEGE_FRONT, new Overtaken(overtaken));
        for (int slice = 0; slice < Reserved.PRIVILEGE_SLICES; slice++) {
            Reserved place = Reserved.privilegeOwner(slice);
            serve(place, new OwnerLife(new PrivilegeOwner(), slice, N1, place, Reserved.PRIVILEGE_FRONT))
                    .tell(new OwnerLife.SliceGranted(), new Response.DeadlinePassed());
        }
        List<Microkernel> late = senders.stream().map(Client::microkernel).toList();
        List<Microkernel> others = node.microkernels().stream()
                .filter(each -> !late.contains(each))
                .toList();
        loop("late shims", LATE_NANOS, () -> late.forEach(Microkernel::turn));
        loop("fleet", PAUSE_NANOS, () -> {
            others.forEach(Microkernel::turn);
            fleet.forEach(this::turn);
        });
        call(
                new EstablishDomain("sys:init", List.of(new Right("sys:init", RightKind.GRANT, "*"))),
                new DomainEstablished());
        call(new EstablishDomain("alice", List.of()), new DomainEstablished());
    }

    private RunLoop serve(Reserved place, Server core) {
        Client client = node.microkernel(place.tile(N1.node(), GRID)).openBootstrap(place.domain(), 64, () -> {});
        RunLoop loop = new RunLoop(client, client.createMailbox(1024, 1 << 20), core);
        loop.tell(new Membership(
                GRID,
                new TreeSet<>(List.of(N1)),
                Collections.emptySortedSet(),
                Collections.emptySortedSet(),
                new TreeMap<>()));
        fleet.add(loop);
        return loop;
    }

    private void turn(RunLoop loop) {
        if (loop.turn(node.nanos()).isPresent()) {
            loop.journaled(node.nanos());
        }
    }

    private void loop(String what, long pauseNanos, Runnable turn) {
        Thread.ofPlatform().name(what).daemon().start(() -> {
            while (!stopped.get()) {
                turn.run();
                LockSupport.parkNanos(pauseNanos);
            }
        });
    }

    @AfterEach
    void stop() {
        stopped.set(true);
    }

    @Test
    void nothingArrivesOnceARevokeHasReturned() {
        for (Client sender : senders) {
            Thread.ofPlatform().name("sender").daemon().start(() -> hammer(sender));
        }
        for (long revokes = 0; sends() < FEWEST_SENDS || revokes < FEWEST_REVOKES; revokes++) {
            call(new GrantRight(RIGHT), new RightGranted());
            awaitMore(SendResult.ACCEPTED);
            call(new RevokeRight(RIGHT), new RightRevoked());
            int arrived = received.messages();
            awaitMore(SendResult.PERMISSION_DENIED);

            assertThat(received.messages())
                    .as("messages that have arrived, after revoke %d has returned", revokes + 1)
                    .isEqualTo(arrived);
        }
        assertThat(results).allSatisfy((result, count) -> {
            if (result != SendResult.ACCEPTED && result != SendResult.PERMISSION_DENIED) {
                assertThat(count).as(result.name()).hasValue(0);
            }
        });
    }

    private void hammer(Client sender) {
        for (long number = 0; !stopped.get(); number++) {
            AtomicBoolean ended = new AtomicBoolean();
            sender.send(receiver.addressOf(received), new Slow(number), result -> {
                counted(result).incrementAndGet();
                ended.set(true);
            });
            await(() -> ended.get() || stopped.get());
        }
    }

    private AtomicLong counted(SendResult result) {
        return results.getOrDefault(result, new AtomicLong());
    }

    private long count(SendResult result) {
        return counted(result).get();
    }

    private long sends() {
        return results.values().stream().mapToLong(AtomicLong::get).sum();
    }

    private void awaitMore(SendResult result) {
        long before = count(result);
        await(() -> count(result) >= before + FEWEST_PROGRESS);
    }

    private void call(Payload.Request<?> request, Payload expected) {
        long call = admin.responses().reserve();
        admin.request(FRONT, request, call, call - 1, null, result -> {});
        List<Payload> answers = new ArrayList<>();
        await(() -> {
            Envelope answer = admin.responses().take();
            return answer != null && answers.add(answer.payload());
        });
        assertThat(answers).containsExactly(expected);
    }

    private static void await(BooleanSupplier condition) {
        long until = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - until > 0) {
                throw new AssertionError("nothing has come of it within 30 s");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
