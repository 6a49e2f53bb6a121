package org.factoredos.actor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntPredicate;
import org.awaitility.Awaitility;
import org.factoredos.boot.StartedProcess;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.lib.Calls;
import org.factoredos.lib.Fos;
import org.factoredos.lib.LibFos;
import org.factoredos.lib.Memory;
import org.factoredos.lib.Program;
import org.factoredos.memory.MemoryProtocol;
import org.factoredos.network.NetworkProtocol;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The network and memory fleets of a whole node under more and more, and then less, work: real servers on tiles, by real names. */
@Tag("O2")
@Tag("S1")
class ElasticFleetTest {
    private static final Name NETWORK = new Name("sys:net");
    private static final Name MEMORY = new Name("sys:memory");
    private static final int FLOODS = 4;
    private static final int HOLDERS = 6;
    private static final int AT_ONCE = 24;
    /** What a server has to look through for every request, so that it has more to do than who asks. */
    private static final int SOCKETS = 500;
    /** More than growing by two takes, or shrinking. */
    private static final Duration MOST = Duration.ofSeconds(90);

    private final AtomicBoolean enough = new AtomicBoolean();
    private final AtomicLong asked = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicInteger holding = new AtomicInteger();

    @Test
    void theFleetGrowsAndShrinksWithItsLoadAndEveryRequestIsAnswered(@TempDir Path host) throws Exception {
        Map<String, Program> programs = Map.of(
                "flood", (fos, arguments) -> flood((LibFos) fos),
                "grown", (fos, arguments) -> awaitServers(fos, NETWORK, servers -> servers > 1),
                "shrunk", (fos, arguments) -> awaitServers(fos, NETWORK, servers -> servers == 1));
        try (WholeNode node = new WholeNode(programs, host)) {
            List<StartedProcess> floods = new ArrayList<>();
            for (int i = 0; i < FLOODS; i++) {
                floods.add(node.running().start("flood", List.of()));
            }
            assertThat(node.running().start("grown", List.of()).exit().join()).isZero();
            enough.set(true);
            for (var flood : floods) {
                assertThat(flood.exit().join()).isZero();
            }
            assertThat(node.running().start("shrunk", List.of()).exit().join()).isZero();
        }
        assertThat(answered.get()).isEqualTo(asked.get()).isGreaterThan(AT_ONCE);
    }

    /** Keeps many requests under way; every one has to be answered, whichever server it met. */
    private int flood(LibFos fos) throws IOException {
        openSockets(fos);
        return flood(fos, NETWORK, new NetworkProtocol.ListSockets(NetworkProtocol.Reach.SERVER));
    }

    private int flood(LibFos fos, Name fleet, Payload.Request<?> request) throws IOException {
        Calls calls = fos.calls();
        List<Calls.Pending<?>> pending = new ArrayList<>();
        while (!enough.get() || !pending.isEmpty()) {
            while (!enough.get() && pending.size() < AT_ONCE) {
                pending.add(calls.begin(fleet, request, null));
                asked.incrementAndGet();
            }
            calls.await(() -> pending.stream().anyMatch(Calls.Pending::done), fos.nanoTime() + MOST.toNanos());
            pending.removeIf(one -> {
                if (one.done() && one.answer() != null) {
                    answered.incrementAndGet();
                }
                return one.done();
            });
        }
        return 0;
    }

    /**
     * Memory that a program has got while there were several servers is as it was when there is one, and given back as it ends:
     * what a server had that is no more has fallen to the first.
     */
    @Test
    @Tag("O3")
    @Tag("S9")
    void theMemoryFleetGrowsAndShrinksAndNoFrameIsLost(@TempDir Path host) throws Exception {
        Map<String, Program> programs = Map.of(
                "flood", (fos, arguments) -> floodMemory((LibFos) fos),
                "grown", (fos, arguments) -> awaitServers(fos, MEMORY, servers -> servers > 1),
                "hold", (fos, arguments) -> holdUntilShrunk(fos),
                "check", (fos, arguments) -> awaitAllFree(fos));
        try (WholeNode node = new WholeNode(programs, host)) {
            List<StartedProcess> floods = new ArrayList<>();
            for (int i = 0; i < FLOODS; i++) {
                floods.add(node.running().start("flood", List.of()));
            }
            assertThat(node.running().start("grown", List.of()).exit().join()).isZero();
            List<StartedProcess> holders = new ArrayList<>();
            for (int i = 0; i < HOLDERS; i++) {
                holders.add(node.running().start("hold", List.of()));
            }
            Awaitility.await("all have memory").atMost(MOST).until(() -> holding.get() == HOLDERS);
            enough.set(true);
            for (var process : floods) {
                assertThat(process.exit().join()).isZero();
            }
            for (var process : holders) {
                assertThat(process.exit().join()).isZero();
            }
            assertThat(node.running().start("check", List.of()).exit().join()).isZero();
        }
        assertThat(answered.get()).isEqualTo(asked.get()).isGreaterThan(AT_ONCE);
    }

    private int floodMemory(LibFos fos) throws IOException {
        return flood(fos, MEMORY, new MemoryProtocol.ReportMemory());
    }

    private int holdUntilShrunk(Fos fos) throws IOException {
        Memory.Region region = fos.memory().allocate(16L * Memory.PAGE_BYTES);
        fos.memory().putLong(region.address() + 8, fos.process().client().number());
        holding.incrementAndGet();
        int shrunk = awaitServers(fos, MEMORY, servers -> servers == 1);
        return shrunk == 0
                        && fos.memory().getLong(region.address() + 8)
                                == fos.process().client().number()
                ? 0
                : 1;
    }

    private static int awaitAllFree(Fos fos) throws IOException {
        long until = fos.nanoTime() + MOST.toNanos();
        while (fos.nanoTime() < until) {
            MemoryProtocol.MemoryReported report = fos.ask(MEMORY, new MemoryProtocol.ReportMemory());
            if (report.pool() == WholeNode.FRAMES
                    && report.lent() == 0
                    && report.domains().stream().noneMatch(use -> use.domain().equals("operator"))) {
                return 0;
            }
            fos.sleep(Duration.ofMillis(200));
        }
        return 1;
    }

    /** To a host that never answers: each stays where it was opened until its process ends. */
    private static void openSockets(Fos fos) throws IOException {
        var opened = (NetworkProtocol.LineOpened) fos.ask(NETWORK, new NetworkProtocol.OpenLine(false));
        List<NetworkProtocol.Command> connects = new ArrayList<>();
        for (int i = 1; i <= SOCKETS; i++) {
            connects.add(new NetworkProtocol.Connect(i, "198.51.100.1", 9));
        }
        assertThat(fos.call(opened.server(), new NetworkProtocol.Submit(opened.line(), 1, connects)))
                .isEqualTo(new NetworkProtocol.Submitted());
    }

    private static int awaitServers(Fos fos, Name fleet, IntPredicate so) throws IOException {
        long until = fos.nanoTime() + MOST.toNanos();
        while (fos.nanoTime() < until) {
            if (so.test(fos.resolve(fleet.text()).mailboxes().size())) {
                return 0;
            }
            fos.sleep(Duration.ofMillis(200));
        }
        return 1;
    }
}
