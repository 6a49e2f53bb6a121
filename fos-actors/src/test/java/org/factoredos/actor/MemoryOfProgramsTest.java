package org.factoredos.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.factoredos.boot.BootFailed;
import org.factoredos.boot.StartedProcess;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.PageFault;
import org.factoredos.kernel.RightKind;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.Memory;
import org.factoredos.lib.Program;
import org.factoredos.lib.SharedMemory;
import org.factoredos.memory.MemoryError;
import org.factoredos.memory.MemoryProtocol.MemoryReported;
import org.factoredos.memory.MemoryProtocol.ReportMemory;
import org.factoredos.placement.ProcessId;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.privilege.Right;
import org.factoredos.program.Programs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Memory of real programs on a whole node; behind each test all of it is free again. */
@Timeout(120)
@Tag("O3")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MemoryOfProgramsTest {
    private static final Name FLEET = new Name("sys:memory");
    private static final int FAULTED = 139;

    private interface Body {
        int run(Fos fos) throws IOException;
    }

    private WholeNode node;
    private volatile Body test = fos -> 0;

    @BeforeAll
    void boot(@TempDir Path host) throws BootFailed {
        Map<String, Program> programs = new TreeMap<>(Programs.all());
        programs.put("test", (fos, arguments) -> test.run(fos));
        programs.put("sharer", (fos, arguments) -> sharer(fos, arguments));
        node = new WholeNode(programs, host);
    }

    @AfterEach
    void everythingHasComeBack() {
        run(fos -> {
            MemoryReported report = fos.call(FLEET, new ReportMemory());
            while (report.free() < report.node()) { // The news of an end is on its way.
                fos.sleep(Duration.ofMillis(10));
                report = fos.call(FLEET, new ReportMemory());
            }
            return 0;
        });
    }

    @AfterAll
    void stop() {
        node.close();
    }

    @Test
    void memoryHoldsWhatIsWrittenAndIsFreedForTheNext() {
        assertThat(node.run("memhog", "-n", "1000")).as(node::text).isZero();
        assertThat(node.run("memhog", "-n", "4096")).as(node::text).isZero();
        assertThat(node.text()).contains("1000 frames hold what was written", "4096 frames hold");
    }

    @Test
    void whoTakesAllGetsAClearErrorAndTheOthersTheirMemoryAfterIt() {
        assertThat(node.run("memhog")).isZero();
        assertThat(node.text()).contains("got 4096 frames, then memory: this node has too few free frames");
        assertThat(node.run("memhog", "-n", "4097")).isEqualTo(1);
    }

    @Test
    void whatALeakingACrashingAndAFaultingProgramHadComesBack() {
        assertThat(node.run("memhog", "-n", "100", "--leak")).isZero();
        assertThat(node.run("memhog", "-n", "100", "--crash")).isEqualTo(70);
        assertThat(node.run("memhog", "-n", "100", "--fault")).isEqualTo(FAULTED);
        assertThat(node.text()).containsPattern("memhog: page fault: write at 0x[0-9a-f]+, where nothing is mapped");
    }

    @Test
    void whatAKilledProgramHadComesBack() {
        StartedProcess hog = node.running().start("memhog", List.of("-n", "77", "-s", "100"));
        run(fos -> {
            while (fos.call(FLEET, new ReportMemory()).domains().isEmpty()) {
                fos.sleep(Duration.ofMillis(5));
            }
            return 0;
        });
        assertThat(node.run("mem", "--domains")).isZero();
        assertThat(node.text()).containsPattern("n1:0,1 +operator +77 +1");

        assertThat(hog.kill().orTimeout(30, TimeUnit.SECONDS).join()).isTrue();
        assertThat(hog.exit().orTimeout(30, TimeUnit.SECONDS).join()).isEqualTo(137);
    }

    @Test
    void numbersAndBytesAreWhereTheyWereWrittenAlsoAcrossRuns() {
        assertThat(run(fos -> {
                    Memory memory = fos.memory();
                    Memory.Region odd = memory.allocate(7 * Memory.PAGE_BYTES); // Runs of 4, 2 and 1 frames.
                    long border = odd.address() + 4 * Memory.PAGE_BYTES;
                    memory.putLong(border - 3, 0x0102_0304_0506_0708L);
                    assertThat(memory.getLong(border - 3)).isEqualTo(0x0102_0304_0506_0708L);
                    assertThat(memory.getByte(border - 3)).isEqualTo((byte) 8);
                    memory.putInt(border - 1, -2);
                    assertThat(memory.getInt(border - 1)).isEqualTo(-2);
                    byte[] bytes = new byte[5 * Memory.PAGE_BYTES];
                    for (int i = 0; i < bytes.length; i++) {
                        bytes[i] = (byte) (i * 31);
                    }
                    memory.write(odd.address() + 100, bytes, 0, bytes.length);
                    byte[] back = new byte[bytes.length];
                    memory.read(odd.address() + 100, back, 0, back.length);
                    assertThat(back).isEqualTo(bytes);
                    assertThat(memory.compareAndSet(odd.address(), 1, 2)).isFalse();
                    assertThat(memory.compareAndSet(odd.address(), 0, 2)).isTrue();
                    assertThat(memory.getAndAdd(odd.address() + 8, 5)).isZero();
                    assertThat(memory.getLong(odd.address() + 8)).isEqualTo(5);
                    return 0;
                }))
                .as(node::text)
                .isZero();
    }

    @Test
    void freedMemoryIsNotThereAnyMore() {
        assertThat(run(fos -> {
                    Memory.Region region = fos.memory().allocate(1);
                    fos.memory().free(region);
                    fos.memory().getByte(region.address());
                    return 0;
                }))
                .isEqualTo(FAULTED);
        assertThat(node.text()).contains("test: page fault: read at ");
    }

    @Test
    @Tag("P3")
    void aDomainHasNoMoreThanItsQuota() {
        assertThat(run(fos -> {
                    assertThat(fos.ask(
                                    new Name("sys:privileges"),
                                    new PrivilegeProtocol.EstablishDomain(
                                            "alice",
                                            List.of(
                                                    new Right("alice", RightKind.SEND, "*"),
                                                    new Right("alice", RightKind.TILES, "*"),
                                                    new Right("alice", RightKind.MEMORY, "300")))))
                            .isInstanceOf(PrivilegeProtocol.DomainEstablished.class);
                    Stream out = fos.stream(1);
                    assertThat(fos.waitFor(fos.spawn(hogOf(out, List.of())).process()))
                            .isZero();
                    assertThat(fos.waitFor(
                                    fos.spawn(hogOf(out, List.of("-n", "301"))).process()))
                            .isEqualTo(1);
                    assertThat(fos.waitFor(
                                    fos.spawn(hogOf(out, List.of("-n", "300"))).process()))
                            .isZero();
                    fos.ask(
                            new Name("sys:privileges"),
                            new PrivilegeProtocol.RevokeRight(new Right("alice", RightKind.MEMORY, "300")));
                    assertThat(fos.waitFor(
                                    fos.spawn(hogOf(out, List.of("-n", "1"))).process()))
                            .isEqualTo(1);
                    return 0;
                }))
                .as(node::text)
                .isZero();
        assertThat(node.text()).contains("got 256 frames, then memory: that is more memory than this domain may have");
    }

    private static ProcessSpec hogOf(Stream out, List<String> arguments) {
        return new ProcessSpec(
                "memhog",
                arguments,
                "/",
                new TreeMap<>(),
                new Stream.Nothing(),
                out,
                out,
                ProcessSpec.Tracing.NONE,
                "alice");
    }

    @Test
    @Tag("A2")
    void twoProcessesCountInMemoryThatTheyShare() {
        assertThat(run(fos -> {
                    Memory memory = fos.memory();
                    Memory.Region region = memory.allocate(3 * Memory.PAGE_BYTES);
                    Address answers = fos.createMailbox(4, 1 << 16);
                    ProcessId other = spawnSharer(fos, answers);
                    Address its =
                            ((Told) fos.receive(answers, Duration.ofSeconds(20)).orElseThrow()).mailbox();
                    fos.send(its, memory.share(region, other, true));
                    for (int i = 0; i < 1000; i++) {
                        memory.getAndAdd(region.address(), 1);
                    }
                    assertThat(fos.waitFor(other)).isZero();
                    assertThat(memory.getLong(region.address())).isEqualTo(2000);
                    assertThat(memory.getByte(region.address() + 2 * Memory.PAGE_BYTES))
                            .isEqualTo((byte) 7);
                    return 0;
                }))
                .as(node::text)
                .isZero();
    }

    @Test
    @Tag("A2")
    void memoryIsSharedWithinItsNodeOnlyAndWithNobodyElse() {
        assertThat(run(fos -> {
                    Memory memory = fos.memory();
                    Memory.Region region = memory.allocate(1);
                    ProcessId stranger = new ProcessId(new ClientId(new NodeId(2), 1, 500));
                    assertThatThrownBy(() -> memory.share(region, stranger, true))
                            .hasMessageContaining("only by tiles of the node that has it")
                            .isInstanceOfSatisfying(
                                    FosException.class,
                                    e -> assertThat(e.error()).isEqualTo(MemoryError.OTHER_NODE));
                    SharedMemory unasked = memory.share(region, fos.process(), false);
                    assertThatThrownBy(() -> memory.map(new SharedMemory(
                                    unasked.by(), unasked.region() + 1, unasked.length(), unasked.server())))
                            .isInstanceOfSatisfying(
                                    FosException.class,
                                    e -> assertThat(e.error()).isEqualTo(MemoryError.NOT_OFFERED));
                    Memory.Region again = memory.map(unasked);
                    memory.putByte(region.address(), (byte) 3);
                    assertThat(memory.getByte(again.address())).isEqualTo((byte) 3);
                    assertThat(again.writable()).isFalse();
                    assertThatThrownBy(() -> memory.putByte(again.address(), (byte) 4))
                            .isInstanceOf(PageFault.class)
                            .hasMessageContaining("read-only");
                    memory.free(region);
                    assertThat(memory.getByte(again.address()))
                            .as("it keeps what it has")
                            .isEqualTo((byte) 3);
                    return 0;
                }))
                .as(node::text)
                .isZero();
    }

    @Test
    @Tag("M11")
    void aProcessTakesItsMemoryAlongToAnotherTile() {
        assertThat(run(fos -> {
                    Address answers = fos.createMailbox(4, 1 << 16);
                    ProcessId other = spawnSharer(fos, answers);
                    Address its =
                            ((Told) fos.receive(answers, Duration.ofSeconds(20)).orElseThrow()).mailbox();
                    fos.migrate(other, new TileId(fos.tile().node(), 2, 7));
                    Memory.Region region = fos.memory().allocate(3 * Memory.PAGE_BYTES);
                    fos.send(its, fos.memory().share(region, other, true));
                    assertThat(fos.waitFor(other)).isZero();
                    assertThat(fos.memory().getLong(region.address())).isEqualTo(1000);
                    return 0;
                }))
                .as(node::text)
                .isZero();
    }

    /** Where another process is reached. */
    record Told(Address mailbox) implements org.factoredos.kernel.Payload {}

    private static ProcessId spawnSharer(Fos fos, Address answers) throws IOException {
        return fos.spawn(new ProcessSpec(
                        "sharer",
                        List.of(answers.toString()),
                        "/",
                        new TreeMap<>(),
                        new Stream.Nothing(),
                        fos.stream(1),
                        fos.stream(2),
                        ProcessSpec.Tracing.NONE))
                .process();
    }

    /** Has memory of its own, tells where it is reached, and counts to a thousand in what is shared with it. */
    private static int sharer(Fos fos, List<String> arguments) throws IOException {
        Memory.Region own = fos.memory().allocate(Memory.PAGE_BYTES);
        fos.memory().putInt(own.address(), 42);
        Address mailbox = fos.createMailbox(4, 1 << 16);
        fos.send(Address.parse(arguments.getFirst()).orElseThrow(), new Told(mailbox));
        SharedMemory shared =
                (SharedMemory) fos.receive(mailbox, Duration.ofSeconds(20)).orElseThrow();
        Memory.Region region = fos.memory().map(shared);
        for (int i = 0; i < 1000; i++) {
            fos.memory().getAndAdd(region.address(), 1);
        }
        fos.memory().putByte(region.address() + 2 * Memory.PAGE_BYTES, (byte) 7);
        return fos.memory().getInt(own.address()) == 42 ? 0 : 1;
    }

    private int run(Body body) {
        test = body;
        return node.run("test");
    }
}
