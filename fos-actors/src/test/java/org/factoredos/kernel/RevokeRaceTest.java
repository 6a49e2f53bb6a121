package org.factoredos.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * G3 with real threads: a client sends without pause, a shim and a privilege front have their own threads, and a right comes
 * and goes. Once a revoke has returned, nothing more arrives.
 */
@Tag("M14")
@Tag("P4")
class RevokeRaceTest {
    private static final long SENDS = 100_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Leaves the others a moment between the look at the right and the deposit, as a busy machine does. */
    private record Slow(long number) implements Payload {
        @Override
        public int bytes() {
            if (number % 16 == 0) {
                Thread.yield();
            }
            return 64;
        }
    }

    private final Interconnect node = new Interconnect(
            new NodeId(1),
            1,
            Grid.ofOneNode(3, 1),
            (domain, kind, target) -> domain.equals("sys:kernel"),
            System::nanoTime,
            Wire.none());
    private final Microkernel tile = node.microkernels().get(0);
    private final Client sender = tile.open("alice", 64, () -> {});
    private final Client front = node.microkernels().get(1).open("sys:privileges", 64, () -> {});
    private final Mailbox checks = front.createMailbox(1024, 1 << 20);
    private final Client receiver = node.microkernels().get(2).open("bob", 64, () -> {});
    private final Mailbox received = receiver.createMailbox(1 << 20, 1L << 30);
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong results = new AtomicLong();
    private final AtomicBoolean stopped = new AtomicBoolean();
    /** Of the front, whose two threads here take turns. */
    private boolean allowed;

    private long drops;

    @AfterEach
    void stop() {
        stopped.set(true);
    }

    @Test
    void nothingArrivesOnceARevokeHasReturned() {
        node.leaseGranted(node.nanos(), Long.MAX_VALUE);
        tile.delegateRightsTo(front.addressOf(checks));
        loop("shim", tile::turn);
        loop("front", this::answer);
        loop("sender", this::send);
        while (results.get() < SENDS) {
            change(true);
            long before = accepted.get();
            await().atMost(PATIENCE).until(() -> accepted.get() > before + 50);
            change(false);
            long arrived = received.messages();
            long after = results.get();
            await().atMost(PATIENCE).until(() -> results.get() > after + 200);

            assertThat(received.messages())
                    .as("messages, %d sends in, after a revoke had returned", after)
                    .isEqualTo((int) arrived);
        }
    }

    private void loop(String what, Runnable turn) {
        Thread.ofPlatform().name(what).daemon().start(() -> {
            while (!stopped.get()) {
                turn.run();
            }
        });
    }

    private void send() {
        AtomicBoolean ended = new AtomicBoolean();
        sender.send(receiver.addressOf(received), new Slow(results.get()), result -> {
            if (result == SendResult.ACCEPTED) {
                accepted.incrementAndGet();
            }
            results.incrementAndGet();
            ended.set(true);
        });
        while (!ended.get() && !stopped.get()) {
            Thread.onSpinWait();
        }
    }

    private synchronized void answer() {
        Envelope asked = checks.take();
        if (asked != null) {
            node.deliver(new Envelope(
                    asked.from(),
                    front.responseAddress(),
                    "sys:privileges",
                    Envelope.Kind.REPLY,
                    asked.call(),
                    0,
                    new Delegation.RightChecked(allowed, drops),
                    null));
        }
    }

    /** A grant or a revoke: returns when the tile has dropped what it was told before. */
    private void change(boolean now) {
        synchronized (this) {
            allowed = now;
            long call = front.responses().reserve();
            front.responses().sent(call, tile.address().client());
            node.deliver(new Envelope(
                    tile.address(),
                    front.responseAddress(),
                    "sys:privileges",
                    Envelope.Kind.REQUEST,
                    call,
                    0,
                    new Delegation.DropRights("alice", RightKind.SEND, ++drops),
                    null));
        }
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .atMost(PATIENCE)
                .until(() -> front.responses().take() != null);
    }
}
