package org.factoredos.actor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.factoredos.grid.Grid;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.lib.Fos;
import org.factoredos.lib.Program;
import org.factoredos.naming.NameProtocol.Flags;
import org.factoredos.naming.NameProtocol.RegisterName;
import org.factoredos.placement.ProcessId;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;
import org.factoredos.program.Pong;
import org.factoredos.program.Programs;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Movable;
import org.factoredos.server.Response;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** §3.2 on a whole node: of the servers that share a name each client asks the nearest, as the tiles' own counts show. */
@Tag("S8")
@Timeout(120)
class NearestServerTest {
    private static final Name FLEET = new Name("test:fleet");
    private static final int ASKERS_BETWEEN = 20;
    private static final int ASKERS_BEHIND = 10;
    private static final int EACH = 3;

    private final Grid grid = Grid.ofOneNode(8, 8);

    @Test
    void everyClientIsServedByTheServerThatIsNearestToItsTile(@TempDir Path host) throws Exception {
        Map<String, Program> programs = new TreeMap<>(Programs.all());
        programs.put("server", new OneOfAFleet.Start());
        programs.put("asker", NearestServerTest::ask);
        programs.put("compare", this::compare);
        try (WholeNode node = new WholeNode(programs, host)) {
            assertThat(node.run("compare")).as(node::text).isZero();
            assertThat(node.run("fleets", "--hops")).isZero();
            assertThat(node.text()).containsPattern("sys:fs +[1-9]\\d* ");
        }
    }

    /** Puts clients between two servers and behind the second, and looks whom each has asked. */
    private int compare(Fos fos, List<String> arguments) throws IOException {
        List<ProcessId> askers = new ArrayList<>();
        List<ProcessId> servers = new ArrayList<>();
        servers.add(spawn(fos, "server"));
        for (int i = 0; i < ASKERS_BETWEEN; i++) {
            askers.add(spawn(fos, "asker"));
        }
        servers.add(spawn(fos, "server"));
        for (int i = 0; i < ASKERS_BEHIND; i++) {
            askers.add(spawn(fos, "asker"));
        }
        for (ProcessId asker : askers) {
            assertThat(fos.waitFor(asker)).isZero();
        }
        List<TileId> tiles = fos.resolve(FLEET.text()).mailboxes().stream()
                .map(Address::tile)
                .toList();
        Map<TileId, Delegation.Taken> taken = fos.tileReports().tiles().stream()
                .filter(report -> tiles.contains(report.counted().tile()))
                .collect(Collectors.toMap(
                        report -> report.counted().tile(),
                        report -> report.counted().taken()));
        assertThat(taken).hasSize(2);
        long requests = 0;
        for (TileId server : tiles) {
            List<Delegation.TakenFrom> from =
                    Optional.ofNullable(taken.get(server)).orElseThrow().here();
            assertThat(from).as("whom %s served", server).isNotEmpty();
            assertThat(from).allSatisfy(one -> {
                int toNearest = tiles.stream()
                        .mapToInt(other -> grid.hops(one.tile(), other))
                        .min()
                        .orElseThrow();
                assertThat(grid.hops(one.tile(), server))
                        .as("%s to %s, of %s", one.tile(), server, tiles)
                        .isEqualTo(toNearest);
            });
            requests += from.stream().mapToLong(Delegation.TakenFrom::requests).sum();
        }
        assertThat(requests).isEqualTo((long) EACH * askers.size());
        for (ProcessId server : servers) {
            fos.kill(server);
        }
        return 0;
    }

    private static ProcessId spawn(Fos fos, String program) throws IOException {
        return fos.spawn(new ProcessSpec(
                        program,
                        List.of(),
                        "/",
                        new TreeMap<>(),
                        new Stream.Nothing(),
                        new Stream.Nothing(),
                        fos.stream(2),
                        ProcessSpec.Tracing.NONE))
                .process();
    }

    private static int ask(Fos fos, List<String> arguments) throws IOException {
        while (fos.names(FLEET.text()).stream()
                .noneMatch(entry -> entry.mailboxes().size() == 2)) {
            fos.sleep(Duration.ofMillis(20));
        }
        for (int i = 0; i < EACH; i++) {
            fos.ask(FLEET, new Pong.Pinged());
        }
        return 0;
    }

    /** Answers pings under a name that it shares. */
    private static final class OneOfAFleet implements Movable {
        private static final long PATIENCE_NANOS = 5_000_000_000L;

        record Registering() implements Continuation {}

        record Nothing() implements Payload {}

        static final class Start implements Program {
            @Override
            public int run(Fos fos, List<String> arguments) {
                return 1;
            }

            @Override
            public Optional<Movable> core(List<String> arguments) {
                return Optional.of(new OneOfAFleet());
            }
        }

        @Override
        public List<Effect> arrived(Address requests, long nanos) {
            RegisterName register = new RegisterName(requests, FLEET.text(), Flags.FLEET);
            return List.of(new Effect.Call(new Name("sys:names"), register, new Registering(), PATIENCE_NANOS));
        }

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            return in.payload() instanceof Pong.Pinged ping
                    ? List.of(Call.of(in, ping).reply(new Pong.Ponged(1)))
                    : List.of();
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }

        @Override
        public Payload snapshot() {
            return new Nothing();
        }

        @Override
        public void restore(Payload snapshot) {
            // It knows nothing that could be forgotten.
        }
    }
}
