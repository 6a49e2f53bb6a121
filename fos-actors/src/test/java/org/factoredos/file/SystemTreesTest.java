package org.factoredos.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.factoredos.driver.ClockProtocol.AskTime;
import org.factoredos.driver.ClockProtocol.TimeTold;
import org.factoredos.driver.EntropyProtocol.AskEntropy;
import org.factoredos.driver.EntropyProtocol.EntropyGiven;
import org.factoredos.file.FileProtocol.Access;
import org.factoredos.file.FileProtocol.DirectoryListed;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.FileOpened;
import org.factoredos.file.FileProtocol.FileRead;
import org.factoredos.file.FileProtocol.FileWritten;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.LinkRead;
import org.factoredos.file.FileProtocol.ListDirectory;
import org.factoredos.file.FileProtocol.MakeDirectory;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.factoredos.file.FileProtocol.OpenFile;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.ReadFile;
import org.factoredos.file.FileProtocol.ReadLink;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.FileProtocol.RemoveDirectory;
import org.factoredos.file.FileProtocol.RenamePath;
import org.factoredos.file.FileProtocol.SetAttributes;
import org.factoredos.file.FileProtocol.StatAnswered;
import org.factoredos.file.FileProtocol.StatLink;
import org.factoredos.file.FileProtocol.StatPath;
import org.factoredos.file.FileProtocol.UnlinkFile;
import org.factoredos.file.FileProtocol.WriteFile;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.placement.PlacementProtocol.ListProcesses;
import org.factoredos.placement.PlacementProtocol.ListTiles;
import org.factoredos.placement.PlacementProtocol.ProcessStatus;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.PlacementProtocol.TileStatus;
import org.factoredos.placement.PlacementProtocol.TilesListed;
import org.factoredos.placement.ProcessId;
import org.factoredos.privilege.PrivilegeProtocol.AskRight;
import org.factoredos.privilege.PrivilegeProtocol.RightAllowed;
import org.factoredos.privilege.PrivilegeProtocol.RightDenied;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Response;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code /proc} and {@code /dev} as a front serves them; the other fleets are played by the test. */
@Tag("O5")
class SystemTreesTest {
    private static final Incarnation SELF = new Incarnation(new NodeId(1), 1);
    private static final Grid GRID = Grid.ofOneNode(8, 8);
    private static final TileId TILE = new TileId(SELF.node(), 5, 5);
    private static final ProcessId SHELL = process(500);
    private static final ProcessId CAT = process(501);

    private final FileFront front = new FileFront(SELF, () -> true, false, "1.2", 1_000_000);
    private final List<Payload> asked = new ArrayList<>();
    /** Requests that the fleets have not answered. */
    private final List<Effect.Call> open = new ArrayList<>();

    private final List<Effect.Timer> timers = new ArrayList<>();
    private final List<Payload> answers = new ArrayList<>();
    private Function<Payload, Response> fleets = this::fleet;
    private String denied = "";
    private int tiles = 3;
    private boolean held;
    private long nanos;
    private long lastCall;

    SystemTreesTest() {
        var none = new TreeMap<Incarnation, Long>();
        assertThat(front.on(
                        new Membership(GRID, new TreeSet<>(List.of(SELF)), new TreeSet<>(), new TreeSet<>(), none), 0))
                .isEmpty();
    }

    private static ProcessId process(int number) {
        return new ProcessId(new ClientId(SELF.node(), SELF.boot(), number));
    }

    private Response fleet(Payload request) {
        return new Response.Answered(
                switch (request) {
                    case AskRight ask -> ask.target().equals(denied) ? new RightDenied() : new RightAllowed();
                    case ListProcesses list ->
                        new ProcessesListed(
                                List.of(
                                        status(SHELL, process(1), "shell", List.of(), "operator"),
                                        status(CAT, SHELL, "cat", List.of("/proc/tiles", "two words"), "alice")),
                                List.of());
                    case ListTiles list -> {
                        List<TileStatus> rows = new ArrayList<>();
                        for (int i = 0; i < tiles; i++) {
                            rows.add(new TileStatus(new TileId(SELF.node(), i, 0), i == 0 ? "lease server" : ""));
                        }
                        yield new TilesListed(rows, List.of(new NodeId(2)));
                    }
                    case AskTime ask -> new TimeTold(1_238_587_200_000_000_005L, 12_340_000_000L);
                    case AskEntropy(int count) -> new EntropyGiven(Bytes.owning(new byte[count]));
                    default -> throw new AssertionError("nobody is to be asked " + request);
                });
    }

    private static ProcessStatus status(
            ProcessId process, ProcessId parent, String program, List<String> arguments, String domain) {
        return new ProcessStatus(process, parent, TILE, List.of(), domain, program, arguments, 2_500_000_000L);
    }

    private Payload call(FileProtocol.Request<?> request) {
        return call(++lastCall, request);
    }

    private Payload call(long number, FileProtocol.Request<?> request) {
        int before = answers.size();
        send(number, request);
        assertThat(answers).as("answers to %s", request).hasSize(before + 1);
        return answers.getLast();
    }

    private void send(long number, FileProtocol.Request<?> request) {
        Address client = new Address(CAT.client(), 0, TILE);
        perform(front.on(
                new Envelope(client, client, "alice", Envelope.Kind.REQUEST, number, 0, request, null), nanos));
    }

    private void perform(List<Effect> effects) {
        for (Effect effect : effects) {
            switch (effect) {
                case Effect.Reply reply -> answers.add(reply.answer());
                case Effect.Call call -> {
                    asked.add(call.request());
                    open.add(call);
                }
                case Effect.Timer timer -> timers.add(timer);
                default -> throw new AssertionError("not to be done: " + effect);
            }
        }
        while (!held && !open.isEmpty()) {
            Effect.Call call = open.removeFirst();
            perform(front.on(call.continuation(), fleets.apply(call.request()), nanos));
        }
    }

    private String text(String path) {
        FileId id = opened(path);
        StringBuilder text = new StringBuilder();
        for (String piece = read(id, 0, 7); !piece.isEmpty(); piece = read(id, text.length(), 7)) {
            text.append(piece);
        }
        return text.toString();
    }

    private FileId opened(String path) {
        return ((FileOpened) call(new OpenFile(path, OpenMode.EXISTING)))
                .status()
                .id();
    }

    private String read(FileId id, long offset, int length) {
        return ((FileRead) call(new ReadFile(id, offset, length))).data().toUtf8();
    }

    private FileError error(FileProtocol.Request<?> request) {
        Payload answer = call(request);
        assertThat(answer).as("to %s", request).isInstanceOf(Refused.class);
        return ((Refused) answer).error();
    }

    @Test
    void whoHasJustStartedFindsItselfOnceThePlacementFleetHasHeardOfIt() {
        fleets = request -> request instanceof ListProcesses
                ? new Response.Answered(new ProcessesListed(List.of(), List.of()))
                : fleet(request);
        send(1, new OpenFile("/proc/self/status", OpenMode.EXISTING));
        send(2, new OpenFile("/proc/1.1.500/status", OpenMode.EXISTING));
        assertThat(answers).as("to who asks for another").containsExactly(new Refused(FileError.ENOENT));

        fleets = this::fleet;
        Effect.Timer later = timers.removeFirst();
        perform(front.on(later.continuation(), new Response.DeadlinePassed(), nanos));

        assertThat(answers.getLast()).isInstanceOf(FileOpened.class);
        assertThat(timers).isEmpty();
    }

    @Test
    void whoIsNeverListedIsToldSo() {
        fleets = request -> request instanceof ListProcesses
                ? new Response.Answered(new ProcessesListed(List.of(), List.of()))
                : fleet(request);
        send(1, new StatPath("/proc/self/status"));
        while (!timers.isEmpty()) {
            perform(front.on(timers.removeFirst().continuation(), new Response.DeadlinePassed(), nanos));
        }

        assertThat(answers).containsExactly(new Refused(FileError.ENOENT));
    }

    @Test
    void processesAndFilesAreListedInPages() {
        DirectoryListed first = (DirectoryListed) call(new ListDirectory("/proc", "", 3));
        DirectoryListed rest = (DirectoryListed) call(new ListDirectory("/proc", "caches", 100));

        assertThat(first.entries()).extracting(Entry::name).containsExactly("1.1.500", "1.1.501", "caches");
        assertThat(first.more()).isTrue();
        assertThat(first.entries().get(1).status().attributes().owner()).isEqualTo("alice");
        assertThat(rest.entries())
                .extracting(Entry::name)
                .containsExactly("fleets", "mem", "self", "tiles", "uptime", "version");
        assertThat(rest.more()).isFalse();
        assertThat(((DirectoryListed) call(new ListDirectory("/proc/1.1.501", "", 100))).entries())
                .extracting(Entry::name)
                .containsExactly("cmdline", "status");
        assertThat(((DirectoryListed) call(new ListDirectory("/dev", "", 100))).entries())
                .extracting(Entry::name)
                .containsExactly("clock", "console", "null", "random", "urandom", "zero");
    }

    @Test
    void selfIsWhoeverAsks() {
        assertThat(call(new ReadLink("/proc/self"))).isEqualTo(new LinkRead("1.1.501"));
        assertThat(((StatAnswered) call(new StatLink("/proc/self"))).status().kind())
                .isEqualTo(Kind.SYMBOLIC_LINK);
        assertThat(((StatAnswered) call(new StatPath("/proc/self"))).status().kind())
                .isEqualTo(Kind.DIRECTORY);
        assertThat(text("/proc/self/status")).isEqualTo(text("/proc/1.1.501/status"));
    }

    @Test
    void aProcessIsToldOf() {
        assertThat(text("/proc/self/status").lines())
                .containsExactly(
                        "Name:\tcat",
                        "Process:\t1.1.501",
                        "State:\trunning",
                        "Parent:\t1.1.500",
                        "Domain:\talice",
                        "Tiles:\tn1:5,5",
                        "Age:\t2.500 s");
        assertThat(text("/proc/1.1.500/status")).contains("Parent:\tinit\n");
        assertThat(text("/proc/self/cmdline")).isEqualTo("cat\0/proc/tiles\0two words\0");
        assertThat(error(new StatPath("/proc/1.1.502"))).isEqualTo(FileError.ENOENT);
        assertThat(error(new OpenFile("/proc/1.1.502/status", OpenMode.EXISTING)))
                .isEqualTo(FileError.ENOENT);
        assertThat(error(new StatPath("/proc/01.1.501"))).isEqualTo(FileError.ENOENT);
    }

    @Test
    void aPictureStaysAsItIsWhileItIsRead() {
        FileId id = opened("/proc/tiles");
        String first = read(id, 0, 10);
        tiles = 1;
        String whole = first + read(id, 10, 1000);

        assertThat(whole.lines())
                .containsExactly(
                        "TILE    CLIENT",
                        "n1:0,0  lease server",
                        "n1:1,0  free",
                        "n1:2,0  free",
                        "n2: it does not answer, and is not in this list");
        assertThat(read(id, 0, 1000)).as("anew from the first byte on").doesNotContain("free");
        tiles = 3;
        assertThat(((FileRead) call(lastCall, new ReadFile(id, 0, 1000))).data().toUtf8())
                .as("a repeat of the same call")
                .doesNotContain("free");
    }

    @Test
    void piecesUnderWayTogetherAreOfOnePicture() {
        FileId id = opened("/proc/tiles");
        asked.clear();
        held = true;
        send(++lastCall, new ReadFile(id, 0, 10));
        send(++lastCall, new ReadFile(id, 10, 1000));
        assertThat(asked).hasOnlyElementsOfType(AskRight.class).hasSize(2);
        held = false;
        perform(List.of());

        assertThat(asked.stream().filter(ListTiles.class::isInstance)).hasSize(1);
        assertThat(((FileRead) answers.get(answers.size() - 2)).data().length()).isEqualTo(10);
    }

    @Test
    void whoMayNotAskTheFleetMayNotReadWhatItSays() {
        denied = "sys:placement";
        assertThat(error(new OpenFile("/proc/tiles", OpenMode.EXISTING))).isEqualTo(FileError.EACCES);
        assertThat(error(new StatPath("/proc/1.1.500"))).isEqualTo(FileError.EACCES);
        assertThat(((DirectoryListed) call(new ListDirectory("/proc", "", 100))).entries())
                .extracting(Entry::name)
                .contains("tiles")
                .doesNotContain("1.1.500");
        assertThat(error(new ReadFile(new FileId("/proc", SystemFile.TILES.number), 0, 10)))
                .isEqualTo(FileError.EACCES);

        denied = "sys:entropy";
        assertThat(error(new OpenFile("/dev/random", OpenMode.EXISTING))).isEqualTo(FileError.EACCES);
        assertThat(asked)
                .filteredOn(AskRight.class::isInstance)
                .extracting("domain")
                .containsOnly("alice");
    }

    @Test
    void aFleetThatIsNotThereIsALineAndNoHang() {
        fleets = request ->
                request instanceof AskRight ? fleet(request) : new Response.SendRefused(SendResult.NO_SUCH_MAILBOX);
        assertThat(text("/proc/tiles"))
                .isEqualTo("TILE  CLIENT\nsys:placement: that mailbox does not exist any more\n");
        assertThat(((DirectoryListed) call(new ListDirectory("/proc", "", 100))).entries())
                .extracting(Entry::name)
                .contains("tiles", "self");
        assertThat(error(new StatPath("/proc/self"))).isEqualTo(FileError.ETIMEDOUT);
        FileId random = opened("/dev/random");
        assertThat(error(new ReadFile(random, 0, 1))).isEqualTo(FileError.ETIMEDOUT);
        assertThat(text("/proc/version")).isEqualTo("fos 1.2\n");
    }

    @Test
    @Tag("O6")
    void devicesHaveNoSizeAndSomeNoEnd() {
        for (String device : List.of("null", "zero", "random", "urandom", "clock", "console")) {
            var status = ((StatAnswered) call(new StatPath("/dev/" + device))).status();
            assertThat(status.kind()).isEqualTo(Kind.DEVICE);
            assertThat(status.sizeBytes()).isZero();
        }
        assertThat(read(opened("/dev/null"), 0, 10)).isEmpty();
        assertThat(read(opened("/dev/zero"), 1L << 40, 10)).isEqualTo("\0".repeat(10));
        assertThat(((FileRead) call(new ReadFile(opened("/dev/random"), 5, 100_000)))
                        .data()
                        .length())
                .isEqualTo(4096);
        assertThat(text("/dev/clock")).isEqualTo("2009-04-01T12:00:00.000000005Z  1238587200000000005\n");
        assertThat(text("/proc/uptime")).isEqualTo("12.34\n");
        FileId nothing = ((FileOpened) call(new OpenFile("/dev/null", OpenMode.CREATE_OR_TRUNCATE)))
                .status()
                .id();
        assertThat(call(new WriteFile(nothing, 7, Bytes.utf8("abc")))).isEqualTo(new FileWritten(10));
        assertThat(error(new WriteFile(FileProtocol.CONSOLE, 0, Bytes.utf8("abc"))))
                .isEqualTo(FileError.ENXIO);
    }

    @Test
    void nothingThereCanBeChanged() {
        assertThat(error(new OpenFile("/proc/tiles", OpenMode.EXISTING, Access.WRITE)))
                .isEqualTo(FileError.EROFS);
        assertThat(error(new OpenFile("/proc/new", OpenMode.CREATE))).isEqualTo(FileError.EROFS);
        assertThat(error(new OpenFile("/proc/a/b", OpenMode.CREATE))).isEqualTo(FileError.ENOENT);
        assertThat(error(new OpenFile("/dev/null", OpenMode.CREATE_NEW))).isEqualTo(FileError.EEXIST);
        assertThat(error(new OpenFile("/dev", OpenMode.EXISTING))).isEqualTo(FileError.EISDIR);
        assertThat(error(new MakeDirectory("/dev/shm"))).isEqualTo(FileError.EROFS);
        assertThat(error(new MakeDirectory("/dev/null"))).isEqualTo(FileError.EEXIST);
        assertThat(error(new UnlinkFile("/dev/null"))).isEqualTo(FileError.EROFS);
        assertThat(error(new UnlinkFile("/dev/nil"))).isEqualTo(FileError.ENOENT);
        assertThat(error(new UnlinkFile("/proc"))).isEqualTo(FileError.EISDIR);
        assertThat(error(new RemoveDirectory("/proc"))).isEqualTo(FileError.EBUSY);
        assertThat(error(new RemoveDirectory("/proc/tiles"))).isEqualTo(FileError.ENOTDIR);
        assertThat(error(new RenamePath("/dev/null", "/dev/nil"))).isEqualTo(FileError.EROFS);
        assertThat(error(new RenamePath("/dev/null", "/proc/null"))).isEqualTo(FileError.EXDEV);
        assertThat(error(new RenamePath("/dev/null", "/tmp/null"))).isEqualTo(FileError.EXDEV);
        assertThat(error(new RenamePath("/proc", "/procs"))).isEqualTo(FileError.EBUSY);
        assertThat(error(new SetAttributes("/dev/null", true, NewAttributes.ofMode(0))))
                .isEqualTo(FileError.EROFS);
        assertThat(error(new ListDirectory("/dev/null", "", 10))).isEqualTo(FileError.ENOTDIR);
        assertThat(error(new StatPath("/dev/null/x"))).isEqualTo(FileError.ENOTDIR);
        assertThat(error(new FileProtocol.StatVolume("/proc"))).isEqualTo(FileError.ENOTSUP);
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc/x/y/z", "/dev/tiles", "/proc/", "/dev/1.1.501", "/proc/1.1.501/x"})
    void aStrangeNumberIsOfNothing(String directory) {
        for (long number : new long[] {-1, 0, 2, 13, 31, Long.MAX_VALUE}) {
            assertThat(error(new ReadFile(new FileId(directory, number), 0, 10)))
                    .isIn(FileError.ENOENT, FileError.ENOTDIR);
        }
    }

    @Test
    void aFewPicturesAreKeptForAWhile() {
        FileId id = opened("/proc/tiles");
        String before = read(id, 0, 10_000);
        tiles = 5;
        assertThat(read(id, 20, 10_000)).isEqualTo(before.substring(20));
        nanos += 61_000_000_000L;
        read(opened("/proc/version"), 0, 1); // Whoever comes has the old ones forgotten.
        assertThat(read(id, 20, 10_000)).isNotEqualTo(before.substring(20));
    }
}
