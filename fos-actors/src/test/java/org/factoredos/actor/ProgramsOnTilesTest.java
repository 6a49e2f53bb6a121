package org.factoredos.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Signal;
import org.factoredos.lib.CallError;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.placement.PlacementError;
import org.factoredos.placement.PlacementProtocol.TileStatus;
import org.factoredos.placement.Stream;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** §3: programs run on tiles of their own, start others there, and talk to them by messages alone. */
@Timeout(60)
class ProgramsOnTilesTest {
    private static final int BIG = 20 << 20;

    private final SmallNode node = new SmallNode(Map.of(
            "echo",
            (fos, arguments) -> print(fos, String.join(" ", arguments) + "\n"),
            "zeros",
            ProgramsOnTilesTest::zeros,
            "cat",
            ProgramsOnTilesTest::cat,
            "count",
            ProgramsOnTilesTest::count,
            "first",
            (fos, arguments) -> fos.in().read() < 0 ? 1 : 0,
            "loop",
            (fos, arguments) -> {
                while (true) {
                    fos.sleep(Duration.ofMillis(1));
                }
            },
            "polite",
            ProgramsOnTilesTest::polite,
            "crash",
            (fos, arguments) -> {
                throw new IllegalStateException("a fault");
            }));

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    @Tag("O2")
    @Tag("A3")
    void aSpawnedProgramPrintsAndItsStatusIsTold() {
        int status = node.run((fos, arguments) -> {
            Fos.Child child = fos.spawn(node.spec("echo", List.of("hello", "there")));
            return fos.waitFor(child.process());
        });

        assertThat(status).isZero();
        assertThat(node.text()).isEqualTo("hello there\n");
    }

    @Test
    @Tag("A2")
    void whatGoesThroughTwoPipesArrivesWholeAndEnds() {
        node.run((fos, arguments) -> {
            Fos.Child count = fos.spawn(node.spec("count", List.of(), new Stream.FromPipe(1), node.console()));
            Fos.Child cat = fos.spawn(
                    node.spec("cat", List.of(), new Stream.FromPipe(1), new Stream.ToPipe(count.input(), true)));
            fos.spawn(node.spec("zeros", List.of(), new Stream.Nothing(), new Stream.ToPipe(cat.input(), true)));
            return fos.waitFor(count.process());
        });

        assertThat(node.text()).isEqualTo(BIG + "\n");
    }

    @Test
    @Tag("A2")
    void aWriterWhoseReaderHasEndedIsToldSo() {
        int status = node.run((fos, arguments) -> {
            Fos.Child first = fos.spawn(node.spec("first", List.of(), new Stream.FromPipe(1), node.console()));
            Fos.Child zeros = fos.spawn(
                    node.spec("zeros", List.of(), new Stream.Nothing(), new Stream.ToPipe(first.input(), true)));
            fos.waitFor(first.process());
            return fos.waitFor(zeros.process());
        });

        assertThat(status).as("as if by SIGPIPE").isEqualTo(141);
    }

    @Test
    @Tag("O2")
    void aKilledLoopEndsAndItsTileIsFreeAgain() {
        int status = node.run((fos, arguments) -> {
            long before = freeTiles(fos);
            Fos.Child loop = fos.spawn(node.spec("loop", List.of()));
            assertThat(freeTiles(fos)).isEqualTo(before - 1);
            fos.kill(loop.process());
            int ended = fos.waitFor(loop.process());
            assertThat(freeTiles(fos)).isEqualTo(before);
            return ended;
        });

        assertThat(status).isEqualTo(137);
    }

    @ParameterizedTest
    @CsvSource({"INTERRUPT,130", "TERMINATE,143", "KILL,137"})
    @Tag("O2")
    void aSignalThatAProgramDoesNotHandleEndsIt(Signal signal, int status) {
        int ended = node.run((fos, arguments) -> {
            Fos.Child loop = fos.spawn(node.spec("loop", List.of()));
            fos.signal(loop.process(), signal);
            return fos.waitFor(loop.process());
        });

        assertThat(ended).isEqualTo(status);
    }

    @Test
    @Tag("O2")
    void aProgramHandlesASignalInItsOwnThreadAndEndsInItsOwnTime() {
        int status = node.run((fos, arguments) -> {
            Fos.Child polite = fos.spawn(node.spec("polite", List.of()));
            while (node.text().isEmpty()) {
                fos.sleep(Duration.ofMillis(1));
            }
            fos.signal(polite.process(), Signal.INTERRUPT);
            fos.signal(polite.process(), Signal.TERMINATE);
            return fos.waitFor(polite.process());
        });

        assertThat(status).isEqualTo(3);
        assertThat(node.text()).isEqualTo("hello\ngood bye\n");
    }

    @Test
    @Tag("O2")
    void aSignalsHandlerIsNoneForKill() {
        int status = node.run((fos, arguments) -> {
            assertThatThrownBy(() -> fos.onSignal(Signal.KILL, signal -> {}))
                    .isInstanceOf(IllegalArgumentException.class);
            return 0;
        });

        assertThat(status).isZero();
    }

    @Test
    @Tag("S2")
    void aFullNodeRefusesAProgramAndTakesItWhenATileIsFree() {
        int status = node.run((fos, arguments) -> {
            Fos.Child last = fos.spawn(node.spec("loop", List.of()));
            for (long free = freeTiles(fos); free > 0; free--) {
                last = fos.spawn(node.spec("loop", List.of()));
            }
            assertThatThrownBy(() -> fos.spawn(node.spec("echo", List.of())))
                    .isInstanceOfSatisfying(
                            FosException.class, e -> assertThat(e.error()).isEqualTo(PlacementError.NO_FREE_TILE));
            fos.kill(last.process());
            fos.waitFor(last.process());
            return fos.waitFor(
                    fos.spawn(node.spec("echo", List.of("at", "last"))).process());
        });

        assertThat(status).isZero();
        assertThat(node.text()).isEqualTo("at last\n");
    }

    @Test
    @Tag("O2")
    void aProgramRunsOnTheFreeTileNearestToItsParentAndTheFronts() {
        node.run((fos, arguments) -> {
            Fos.Child near = fos.spawn(node.spec("loop", List.of()));
            String tile = fos.processes().processes().stream()
                    .filter(process -> process.process().equals(near.process()))
                    .findFirst()
                    .orElseThrow()
                    .tile()
                    .toString();
            return print(fos, tile);
        });

        // The parent is on 0,0, the fronts on 1,0 and 2,0, and of the third row two tiles are kept.
        assertThat(node.text()).isEqualTo("n1:1,3");
    }

    @Test
    @Tag("A3")
    void anUncaughtExceptionIsOneLineAndStatus70() {
        int status = node.run((fos, arguments) ->
                fos.waitFor(fos.spawn(node.spec("crash", List.of())).process()));

        assertThat(status).isEqualTo(70);
        assertThat(node.text()).isEqualTo("crash: crashed: java.lang.IllegalStateException: a fault\n");
    }

    @Test
    @Tag("S6")
    void aServerThatThrowsIsReplacedOnTheSameTile() {
        Address place = Reserved.HOST.address(node.self, node.grid);
        node.host(Reserved.HOST, Moody::new);

        int status = node.run((fos, arguments) -> {
            Mood first = fos.call(place, new Ask(false));
            assertThatThrownBy(() -> fos.call(place, new Ask(true)))
                    .isInstanceOfSatisfying(
                            FosException.class, e -> assertThat(e.error()).isEqualTo(CallError.TIMED_OUT));
            Mood later = fos.call(place, new Ask(false));
            return first.asked() == 1 && later.asked() == 1 ? 0 : 1;
        });

        assertThat(status).isZero();
    }

    @Test
    @Tag("O2")
    @Tag("S6")
    void aPlacementServerThatIsReplacedKnowsWhatRuns() {
        int status = node.run((fos, arguments) -> {
            Fos.Child loop = fos.spawn(node.spec("loop", List.of()));
            fos.send(Reserved.PLACEMENT.address(node.self, node.grid), new SmallNode.Break());
            fos.kill(loop.process());
            return fos.waitFor(loop.process());
        });

        assertThat(status).isEqualTo(137);
    }

    private record Ask(boolean fail) implements Payload.Request<Mood> {}

    private record Mood(int asked) implements Payload {}

    /** Counts its calls, and breaks on demand. */
    private static final class Moody implements Server {
        private int asked;

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            if (!(in.payload() instanceof Ask ask)) {
                return List.of();
            }
            if (ask.fail()) {
                throw new IllegalStateException("an invariant is broken");
            }
            return List.of(Call.of(in, ask).reply(new Mood(++asked)));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }

    private static long freeTiles(Fos fos) throws IOException {
        return fos.tiles().tiles().stream()
                .map(TileStatus::client)
                .filter(String::isEmpty)
                .count();
    }

    private static int print(Fos fos, String text) throws IOException {
        fos.out().write(text.getBytes(StandardCharsets.UTF_8));
        return 0;
    }

    private static int zeros(Fos fos, List<String> arguments) throws IOException {
        byte[] zeros = new byte[10_000];
        OutputStream out = fos.out();
        for (int done = 0; done < BIG; done += zeros.length) {
            out.write(zeros, 0, Math.min(zeros.length, BIG - done));
        }
        return 0;
    }

    /** Ends when it is told to, and minds no Ctrl-C; says so once it is ready. */
    private static int polite(Fos fos, List<String> arguments) throws IOException {
        List<Signal> told = new ArrayList<>();
        fos.onSignal(Signal.INTERRUPT, told::add);
        fos.onSignal(Signal.TERMINATE, told::add);
        print(fos, "hello\n");
        while (!told.contains(Signal.TERMINATE)) {
            fos.sleep(Duration.ofMillis(1));
        }
        print(fos, "good bye\n");
        return 3;
    }

    private static int cat(Fos fos, List<String> arguments) throws IOException {
        fos.in().transferTo(fos.out());
        return 0;
    }

    private static int count(Fos fos, List<String> arguments) throws IOException {
        long count = 0;
        byte[] buffer = new byte[8192];
        for (int read = fos.in().read(buffer); read >= 0; read = fos.in().read(buffer)) {
            count += read;
        }
        return print(fos, count + "\n");
    }
}
