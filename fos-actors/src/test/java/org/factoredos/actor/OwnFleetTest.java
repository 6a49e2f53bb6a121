package org.factoredos.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.factoredos.boot.BootFailed;
import org.factoredos.boot.StartedProcess;
import org.factoredos.load.BuiltJar;
import org.factoredos.program.Programs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Fleets that users deploy, on a whole node: the one of docs/fleets.md, and worse ones. */
@Tag("A3")
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OwnFleetTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Says who it is; fails, has too much to do, or does what it must not, when it is told to. */
    private static final String ECHO = """
            import java.util.List;
            import org.factoredos.kernel.Envelope;
            import org.factoredos.lib.*;
            import org.factoredos.server.*;

            public final class Echo implements Fleet {
                private record Later(Call<TextMessage> call) implements Continuation {}

                public Server server(Site site) {
                    if (!site.arguments().equals(List.of("right"))) {
                        throw new IllegalArgumentException("its argument is 'right'");
                    }
                    return new Server() {
                        private int asked;

                        public List<Effect> on(Envelope in, long nanos) {
                            if (!(in.payload() instanceof TextRequest request)) {
                                return List.of();
                            }
                            Call<TextMessage> call = Call.of(in, request);
                            return switch (request.text()) {
                                case "fail" -> throw new IllegalStateException("told to");
                                case "persist" -> List.of(new Effect.Persist(null));
                                case "error" -> throw new AssertionError("on purpose");
                                case "calls" ->
                                    List.of(call.reply(new TextMessage("" + java.nio.file.Files.exists(
                                            java.nio.file.Path.of(java.net.URI.create("fos:///tmp"))))));
                                case "later" -> List.of(new Effect.Timer(new Later(call), 200_000_000L));
                                case "busy" -> {
                                    long until = System.nanoTime() + 20_000_000L;
                                    while (System.nanoTime() < until) {
                                        Thread.onSpinWait();
                                    }
                                    yield List.of(call.reply(new TextMessage("was busy")));
                                }
                                default -> List.of(call.reply(new TextMessage(site.address() + " " + ++asked)));
                            };
                        }

                        public List<Effect> on(Continuation continuation, Response response, long nanos) {
                            return continuation instanceof Later(Call<TextMessage> call)
                                    ? List.of(call.reply(new TextMessage("later")))
                                    : List.of();
                        }
                    };
                }
            }
            """;

    private WholeNode node;
    private Path host;

    @BeforeAll
    void boot(@TempDir Path folder) throws BootFailed, IOException {
        host = folder;
        node = new WholeNode(Map.copyOf(Programs.all()), folder);
        String page = Files.readString(Path.of("../docs/fleets.md"));
        Matcher kv = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(page);
        assertThat(kv.find()).isTrue();
        brought("Kv", kv.group(1));
        brought("Echo", ECHO);
    }

    private void brought(String name, String source) throws IOException {
        BuiltJar.of(host, name, source);
        assertThat(node.run("cp", "/host/" + name + ".jar", "/tmp/")).isZero();
    }

    @AfterEach
    void removeFleets() {
        for (String name : List.of("Kv", "Echo")) {
            int status = node.run("fleet", "remove", name);
            assertThat(status).as(node.text()).isIn(0, 1);
            assertThat(servers(name)).isEmpty();
        }
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private String said(String program, String... arguments) {
        int before = node.text().length();
        assertThat(node.run(program, arguments)).as(node::text).isZero();
        return node.text().substring(before);
    }

    /** The processes of its servers. */
    private List<String> servers(String name) {
        int before = node.text().length();
        node.run("pgrep", "/tmp/" + name + ".jar");
        return node.text().substring(before).lines().toList();
    }

    @Test
    void allServersKnowWhatOneWasToldAndOnesDeathCostsNothing() {
        assertThat(said("fleet", "deploy", "/tmp/Kv.jar", "/tmp/kv.log")).isEqualTo("Kv: 3 servers\n");
        assertThat(said("mcall", "Kv", "put", "colour", "deep", "blue")).isEqualTo("ok\n");
        for (int round = 0; round < 4; round++) {
            List<String> servers = servers("Kv");
            assertThat(servers).hasSize(3);
            assertThat(node.run("kill", "-KILL", servers.getFirst())).isZero();

            assertThat(said("mcall", "Kv", "put", "round", "" + round)).isEqualTo("ok\n");
            assertThat(said("mcall", "Kv", "get", "round")).isEqualTo(round + "\n");
            assertThat(said("mcall", "Kv", "get", "colour")).isEqualTo("deep blue\n");
            await("three again").atMost(PATIENCE).until(() -> {
                List<String> now = servers("Kv");
                return now.size() == 3 && !now.contains(servers.getFirst());
            });
        }
        assertThat(said("mcall", "Kv", "delete", "colour")).isEqualTo("ok\n");
        assertThat(said("mcall", "Kv", "get", "colour")).isEqualTo("none\n");
        assertThat(said("mcall", "Kv", "count")).isEqualTo("1\n");
        assertThat(said("mcall", "Kv", "nonsense")).contains("put KEY VALUE");

        assertThat(node.run("fleet", "deploy", "/tmp/Kv.jar", "/tmp/kv.log")).isEqualTo(1);
        assertThat(node.text()).contains("fleet: Kv: there is one of that name; 'fleet remove Kv' ends a fleet\n");
        assertThat(said("fleet", "list")).containsPattern("(?m)^Kv +operator +3 +3 +3 +/tmp/Kv.jar +n1:");
    }

    @Test
    void aServerThatFailsHasAFreshCoreAtTheSameAddress() {
        said("fleet", "deploy", "-n", "1", "/tmp/Echo.jar", "right");
        String first = said("mcall", "Echo", "who");
        assertThat(first).endsWith(" 1\n");
        List<String> process = servers("Echo");
        for (String what : List.of("fail", "persist", "error", "calls")) {
            assertThat(said("mcall", "Echo", "who")).endsWith(" 2\n");
            StartedProcess asking = node.running().start("mcall", List.of("Echo", what));
            await().atMost(PATIENCE).until(() -> said("mcall", "Echo", "who").equals(first));
            asking.kill().orTimeout(30, TimeUnit.SECONDS).join();
        }
        assertThat(servers("Echo")).isEqualTo(process);
        assertThat(said("mcall", "Echo", "later")).isEqualTo("later\n");
    }

    @Test
    void aSignalEndsAServerAndAnotherTakesItsPlace() {
        said("fleet", "deploy", "-n", "2", "/tmp/Echo.jar", "right");
        String first = servers("Echo").getFirst();

        assertThat(node.run("kill", first)).isZero();

        await("two others").atMost(PATIENCE).until(() -> {
            List<String> now = servers("Echo");
            return now.size() == 2 && !now.contains(first);
        });
    }

    @Test
    void underLoadThereAreMoreAndThenFewerAndEveryCallIsAnswered() {
        said("fleet", "deploy", "-n", "1", "-m", "2", "/tmp/Echo.jar", "right");
        List<StartedProcess> asking = new java.util.ArrayList<>();
        await("two").atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            asking.removeIf(one -> one.exit().isDone() && one.exit().join() == 0);
            while (asking.size() < 20) {
                asking.add(node.running().start("mcall", List.of("Echo", "busy")));
            }
            return servers("Echo").size() == 2;
        });
        asking.forEach(one ->
                assertThat(one.exit().orTimeout(60, TimeUnit.SECONDS).join()).isZero());

        await("one").atMost(PATIENCE).until(() -> {
            said("mcall", "Echo", "who");
            return servers("Echo").size() == 1;
        });
    }

    @Test
    void whatCannotBeDeployedIsSaidAndLeavesNothing() {
        assertThat(node.run("fleet", "deploy", "/tmp/Echo.jar", "wrong")).isEqualTo(2);
        assertThat(node.text()).contains("/tmp/Echo.jar: its argument is 'right'\n");
        assertThat(node.run("fleet", "deploy", "/tmp/none.jar")).isEqualTo(127);
        assertThat(node.run("fleet", "deploy", "/etc/motd")).isEqualTo(126);
        assertThat(node.run("fleet", "deploy", "-n", "0", "/tmp/Echo.jar", "right"))
                .isEqualTo(2);
        assertThat(node.run("fleet", "deploy", "-n", "3", "-m", "2", "/tmp/Echo.jar", "right"))
                .isEqualTo(2);
        assertThat(node.run("/tmp/Echo.jar")).isEqualTo(2);
        assertThat(node.text()).contains("it is a fleet, which 'fleet deploy /tmp/Echo.jar' starts\n");
        assertThat(node.run("fleet", "remove", "Echo")).isEqualTo(1);
        assertThat(node.run("fleet", "dance")).isEqualTo(2);
        assertThat(servers("Echo")).isEmpty();
    }

    @Test
    void whoIsTheOldestMayDieWhileItActs() {
        said("fleet", "deploy", "-n", "4", "/tmp/Echo.jar", "right");
        for (int round = 0; round < 3; round++) {
            for (String server : servers("Echo").subList(0, 3)) {
                assertThat(node.run("kill", "-KILL", server)).isZero();
            }
            await("four again").atMost(PATIENCE).until(() -> servers("Echo").size() == 4);
            said("mcall", "Echo", "who");
        }
    }
}
