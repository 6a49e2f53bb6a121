package org.factoredos.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.factoredos.driver.BlockError;
import org.factoredos.driver.BlockProtocol;
import org.factoredos.file.FileProtocol.AppendFile;
import org.factoredos.file.FileProtocol.Changed;
import org.factoredos.file.FileProtocol.DirectoryListed;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.FileOpened;
import org.factoredos.file.FileProtocol.FileRead;
import org.factoredos.file.FileProtocol.FileWritten;
import org.factoredos.file.FileProtocol.ListDirectory;
import org.factoredos.file.FileProtocol.MakeDirectory;
import org.factoredos.file.FileProtocol.OpenFile;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.ReadFile;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.FileProtocol.RemoveDirectory;
import org.factoredos.file.FileProtocol.RenamePath;
import org.factoredos.file.FileProtocol.StatAnswered;
import org.factoredos.file.FileProtocol.StatPath;
import org.factoredos.file.FileProtocol.SyncFile;
import org.factoredos.file.FileProtocol.TruncateFile;
import org.factoredos.file.FileProtocol.UnlinkFile;
import org.factoredos.file.FileProtocol.WriteFile;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.server.OwnerLife;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fronts, owners and disks together, with nothing but effects between them. */
@Tag("O5")
class FileFleetTest {
    private FileWorld world = new FileWorld(1);

    @Test
    void aFileIsReadAsItWasWritten() {
        FileId file = create("/tmp/a");
        byte[] data = random(200_000, 7);
        assertThat(world.call(new WriteFile(file, 0, Bytes.owning(data)))).isEqualTo(new FileWritten(200_000));

        assertThat(read(file, 0, 256 * 1024)).isEqualTo(data);
        assertThat(read(file, 65_530, 20)).isEqualTo(Arrays.copyOfRange(data, 65_530, 65_550));
        assertThat(read(file, 200_000, 10)).isEmpty();
        assertThat(status("/tmp/a").sizeBytes()).isEqualTo(200_000);
    }

    @Test
    @Tag("S8")
    void aFileThatIsReadOftenIsReadWithoutItsOwnerUntilSomebodyWrites() {
        FileId file = create("/tmp/hot");
        world.call(new WriteFile(file, 0, Bytes.utf8("one")));
        readTwice(file, "one");

        assertThat(ownerCallsOf(new ReadFile(file, 0, 10), new FileRead(Bytes.utf8("one"))))
                .isZero();
        world.call(new AppendFile(file, Bytes.utf8(" two")));
        readTwice(file, "one two");
        assertThat(ownerCallsOf(new ReadFile(file, 0, 10), new FileRead(Bytes.utf8("one two"))))
                .isZero();
        world.leased = false;
        assertThat(ownerCallsOf(new ReadFile(file, 0, 10), new FileRead(Bytes.utf8("one two"))))
                .isOne();
    }

    @Test
    @Tag("S8")
    void aNewOwnerBeginsWithFrontsThatHoldNothing() {
        FileId file = create("/tmp/hot");
        world.call(new WriteFile(file, 0, Bytes.utf8("one")));
        readTwice(file, "one");
        world.start(Place.slice("/tmp"));
        world.call(new WriteFile(file, 0, Bytes.utf8("two")));

        readTwice(file, "two");
    }

    @Test
    @Tag("S8")
    @Tag("P4")
    void whoMayReadNoMoreIsRefusedAlsoWhatAFrontHeld() {
        List<FileProtocol.Request<?>> changes = List.of(
                mode("/tmp/dir/hot", 0700),
                mode("/tmp/dir", 0700),
                new RenamePath("/tmp/dir", "/tmp/closed/dir"),
                new RenamePath("/tmp/dir/hot", "/tmp/closed/hot"));
        for (FileProtocol.Request<?> change : changes) {
            world = new FileWorld(2);
            world.call(new MakeDirectory("/tmp/dir"));
            world.call(new MakeDirectory("/tmp/closed"));
            world.call(mode("/tmp/closed", 0700));
            FileId file = create("/tmp/dir/hot");
            world.call(new WriteFile(file, 0, Bytes.utf8("one")));
            ReadFile read = new ReadFile(file, 0, 10);
            for (int i = 0; i < 3; i++) {
                assertThat(world.call("bob", read)).isEqualTo(new FileRead(Bytes.utf8("one")));
            }
            assertThat(world.call(change)).as("%s", change).isEqualTo(new Changed());

            assertThat(world.call("bob", read)).as("%s", change).isEqualTo(new Refused(FileError.EACCES));
            assertThat(world.call(read)).isEqualTo(new FileRead(Bytes.utf8("one")));
        }
    }

    @Test
    @Tag("S8")
    void ofAFileThatIsGoneNothingIsHeld() {
        FileId file = create("/tmp/hot");
        world.call(new WriteFile(file, 0, Bytes.utf8("one")));
        readTwice(file, "one");
        create("/tmp/other");
        world.call(new RenamePath("/tmp/other", "/tmp/hot"));

        for (int i = 0; i < 3; i++) {
            assertThat(ownerCallsOf(new ReadFile(file, 0, 10), new Refused(FileError.ESTALE)))
                    .isOne();
        }
    }

    private static FileProtocol.SetAttributes mode(String path, int mode) {
        return new FileProtocol.SetAttributes(path, true, FileProtocol.NewAttributes.ofMode(mode));
    }

    private void readTwice(FileId file, String text) {
        for (int i = 0; i < 2; i++) {
            assertThat(world.call(new ReadFile(file, 0, 10))).isEqualTo(new FileRead(Bytes.utf8(text)));
        }
    }

    private int ownerCallsOf(FileProtocol.Request<?> request, Payload answer) {
        int before = world.ownerCalls;
        assertThat(world.call(request)).isEqualTo(answer);
        return world.ownerCalls - before;
    }

    // Locks.

    @Test
    void bytesAreLockedByOneProcessOrSharedBySeveral() {
        FileId file = create("/tmp/locked");
        FileProtocol.LockFile head = new FileProtocol.LockFile(file, 1, 0, 10, false);
        assertThat(world.await(world.ask(1, head))).isEqualTo(new FileProtocol.Locked());
        assertThat(world.await(world.ask(1, head))).as("a repeat").isEqualTo(new FileProtocol.Locked());

        FileProtocol.LockedBy first =
                new FileProtocol.LockedBy(FileWorld.client(1).client());
        assertThat(lock(2, file, 9, 1, false)).isEqualTo(first);
        assertThat(lock(2, file, 0, Long.MAX_VALUE, true)).isEqualTo(first);
        assertThat(lock(2, file, 10, Long.MAX_VALUE, true)).isEqualTo(new FileProtocol.Locked());
        assertThat(lock(3, file, 100, 100, true)).isEqualTo(new FileProtocol.Locked());
        assertThat(lock(1, file, 199, 100, false)).isNotEqualTo(new FileProtocol.Locked());

        assertThat(world.await(world.ask(1, new FileProtocol.UnlockFile(file, 1))))
                .isEqualTo(new Changed());
        assertThat(lock(2, file, 9, 1, false)).isEqualTo(new FileProtocol.Locked());
    }

    @Test
    void aLockOutlivesItsOwnerAndEndsWithItsProcess() {
        FileId file = create("/tmp/locked");
        lock(1, file, 0, 10, false);
        world.start(Place.slice("/tmp"));
        world.run(5_000_000_000L);
        assertThat(lock(2, file, 0, 10, false))
                .isEqualTo(new FileProtocol.LockedBy(FileWorld.client(1).client()));

        world.ended.add(FileWorld.client(1).client());
        world.run(Locks.QUIET_NANOS);
        assertThat(lock(2, file, 0, 10, false))
                .as("what it asked for may still come")
                .isNotEqualTo(new FileProtocol.Locked());
        world.run(3_000_000_000L);
        assertThat(lock(2, file, 0, 10, false)).isEqualTo(new FileProtocol.Locked());
    }

    @Test
    void whoMayNotWriteLocksForReadingAtMost() {
        FileId file = create("/tmp/locked");

        assertThat(world.call("bob", new FileProtocol.LockFile(file, 1, 0, 1, false)))
                .isEqualTo(new Refused(FileError.EACCES));
        assertThat(world.call("bob", new FileProtocol.LockFile(file, 1, 0, 1, true)))
                .isEqualTo(new FileProtocol.Locked());
        refused(FileError.EINVAL, new FileProtocol.LockFile(file, 2, 0, 0, true));
        refused(FileError.EINVAL, new FileProtocol.LockFile(file, 2, -1, 1, true));
        world.call(new UnlinkFile("/tmp/locked"));
        refused(FileError.ESTALE, new FileProtocol.LockFile(file, 2, 0, 1, true));
    }

    @Test
    void oneProcessDoesNotTakeAllLocks() {
        FileId file = create("/tmp/locked");
        for (int i = 0; i < 256; i++) {
            assertThat(world.await(world.ask(1, new FileProtocol.LockFile(file, i, i, 1, false))))
                    .isEqualTo(new FileProtocol.Locked());
        }

        assertThat(lock(1, file, 256, 1, false)).isEqualTo(new Refused(FileError.ENOLCK));
        assertThat(lock(2, file, 256, 1, false)).isEqualTo(new FileProtocol.Locked());
    }

    private Payload lock(int client, FileId file, long from, long length, boolean shared) {
        return world.await(world.ask(client, new FileProtocol.LockFile(file, 1000 + from, from, length, shared)));
    }

    @Test
    void whatNobodyWroteIsZeros() {
        FileId file = create("/tmp/holes");
        long far = 9L * 1024 * 1024 * 1024 + 5;
        world.call(new WriteFile(file, far, Bytes.utf8("end")));

        assertThat(status("/tmp/holes").sizeBytes()).isEqualTo(far + 3);
        assertThat(read(file, far - 4, 100)).isEqualTo(new byte[] {0, 0, 0, 0, 'e', 'n', 'd'});
        assertThat(read(file, 1_000_000, 1000)).isEqualTo(new byte[1000]);
        assertThat(world.disk).hasSize(1);
    }

    @Test
    void whatWasCutOffDoesNotComeBackWhenTheFileGrows() {
        FileId file = create("/tmp/cut");
        world.call(new WriteFile(file, 0, Bytes.utf8("secret")));
        assertThat(world.call(new TruncateFile(file, 2))).isEqualTo(new Changed());
        world.call(new TruncateFile(file, 4));
        world.call(new WriteFile(file, 5, Bytes.utf8("!")));

        assertThat(read(file, 0, 10)).isEqualTo(new byte[] {'s', 'e', 0, 0, 0, '!'});
    }

    @Test
    void appendsOfManyClientsNeverOverlap() {
        FileId file = create("/srv/log");
        List<Long> calls = new ArrayList<>();
        for (int client = 0; client < 50; client++) {
            calls.add(world.ask(client, new AppendFile(file, Bytes.utf8("line " + (100 + client) + "\n"))));
        }
        calls.forEach(call -> assertThat(world.await(call)).isInstanceOf(FileWritten.class));

        List<String> lines =
                List.of(new String(read(file, 0, 10_000), java.nio.charset.StandardCharsets.UTF_8).split("\n"));
        assertThat(lines).hasSize(50).doesNotHaveDuplicates().allMatch(line -> line.matches("line 1\\d\\d"));
    }

    @Test
    void namesFollowTheRulesOfPosix() {
        assertThat(world.call(new MakeDirectory("/tmp/d"))).isEqualTo(new Changed());
        create("/tmp/d/f");
        refused(FileError.EEXIST, new MakeDirectory("/tmp/d"));
        refused(FileError.EEXIST, new OpenFile("/tmp/d/f", OpenMode.CREATE_NEW));
        refused(FileError.ENOENT, new OpenFile("/tmp/nothing", OpenMode.EXISTING));
        refused(FileError.ENOENT, new MakeDirectory("/tmp/no/where"));
        refused(FileError.ENOTDIR, new StatPath("/tmp/d/f/x"));
        refused(FileError.EISDIR, new OpenFile("/tmp/d", OpenMode.CREATE));
        refused(FileError.EISDIR, new UnlinkFile("/tmp/d"));
        refused(FileError.ENOTEMPTY, new RemoveDirectory("/tmp/d"));
        refused(FileError.ENOTDIR, new RemoveDirectory("/tmp/d/f"));
        refused(FileError.EXDEV, new RenamePath("/tmp/d/f", "/home/f"));
        refused(FileError.EINVAL, new RenamePath("/tmp/d", "/tmp/d/inside"));
        refused(FileError.EISDIR, new RenamePath("/tmp/d/f", "/tmp/d"));
        refused(FileError.EBUSY, new RemoveDirectory("/home"));
        refused(FileError.EBUSY, new RenamePath("/home", "/house"));
        refused(FileError.EBUSY, new RenamePath("/tmp/d", "/srv"));
        refused(FileError.EINVAL, new StatPath("tmp"));
        refused(FileError.EINVAL, new StatPath("/tmp/../home"));
        refused(FileError.ENAMETOOLONG, new StatPath("/tmp/" + "x".repeat(256)));
        refused(FileError.ENOTDIR, new ListDirectory("/tmp/d/f", "", 10));
        assertThat(world.call(new RenamePath("/tmp/d/f", "/tmp/g"))).isEqualTo(new Changed());
        assertThat(world.call(new RemoveDirectory("/tmp/d"))).isEqualTo(new Changed());
        assertThat(names("/tmp")).containsExactly("g");
        assertThat(names("/")).containsExactly("dev", "home", "host", "proc", "srv", "tmp");
    }

    @Test
    void aLongDirectoryIsListedInPieces() {
        for (String name : List.of("b", "a", "d", "c")) {
            create("/home/" + name);
        }
        DirectoryListed first = (DirectoryListed) world.call(new ListDirectory("/home", "", 3));
        DirectoryListed rest = (DirectoryListed) world.call(new ListDirectory("/home", "c", 3));

        assertThat(first.entries()).extracting(Entry::name).containsExactly("a", "b", "c");
        assertThat(first.more()).isTrue();
        assertThat(rest.entries()).extracting(Entry::name).containsExactly("d");
        assertThat(rest.more()).isFalse();
    }

    @Test
    void aFileThatWasRemovedIsStaleAndNeverAnotherOne() {
        FileId file = create("/tmp/x");
        world.call(new UnlinkFile("/tmp/x"));
        FileId next = create("/tmp/x");

        assertThat(next).isNotEqualTo(file);
        refused(FileError.ESTALE, new ReadFile(file, 0, 1));
        refused(FileError.ESTALE, new AppendFile(file, Bytes.utf8("x")));
        refused(FileError.ESTALE, new SyncFile(file));
    }

    @Test
    void anOpenThatEmptiesLooksWhereItsPathLeadsWhenItsTurnComes() {
        for (long seed = 1; seed <= 30; seed++) {
            world = new FileWorld(seed);
            FileId file = create("/tmp/x");
            world.ask(1, new WriteFile(file, 0, Bytes.utf8("behind this it waits")));
            long open = world.ask(2, new OpenFile("/tmp/x", OpenMode.CREATE_OR_TRUNCATE));
            long rename = world.ask(3, new RenamePath("/tmp/x", "/tmp/y"));
            long unlink = world.ask(3, new UnlinkFile("/tmp/y"));

            assertThat(world.await(open)).as("seed %d", seed).isInstanceOf(FileOpened.class);
            assertThat(world.await(rename)).isEqualTo(new Changed());
            world.await(unlink);
        }
    }

    @Test
    void aFullDiskChangesNothing() {
        FileId file = create("/tmp/x");
        world.call(new WriteFile(file, 0, Bytes.utf8("before")));
        world.putError = BlockError.NO_SPACE;

        refused(FileError.ENOSPC, new WriteFile(file, 0, Bytes.utf8("after")));
        assertThat(new String(read(file, 0, 10), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("before");
    }

    @Test
    void damagedDataIsAnErrorForReadsAndForWritesThatWouldKeepSomeOfIt() {
        FileId file = create("/tmp/x");
        world.call(new WriteFile(file, 0, Bytes.owning(random(BlockProtocol.CHUNK_BYTES, 1))));
        world.damaged.addAll(world.disk.keySet());

        refused(FileError.EIO, new ReadFile(file, 0, 10));
        refused(FileError.EIO, new WriteFile(file, 0, Bytes.utf8("x")));
    }

    @Test
    void aSyncReachesTheDisksAndThenTheJournal() {
        FileId file = create("/tmp/x");
        world.call(new WriteFile(file, 0, Bytes.utf8("x")));

        assertThat(world.call(new SyncFile(file))).isEqualTo(new Changed());
        assertThat(world.diskSyncs).isEqualTo(1);
        assertThat(world.journalSyncs).isEqualTo(1);
    }

    @Test
    void whatIsSafeIsNotSyncedAgain() {
        FileId file = create("/tmp/x");
        world.call(new WriteFile(file, 0, Bytes.utf8("x")));
        world.call(new SyncFile(file));
        world.disk.clear();

        assertThat(world.call(new SyncFile(file))).isEqualTo(new Changed());
        assertThat(world.diskSyncs).isEqualTo(1);
        assertThat(world.journalSyncs).isEqualTo(2);
    }

    @Test
    void aSyncFailsWhereThePowerHasTakenWhatWasWritten() {
        FileId file = create("/tmp/x");
        world.call(new WriteFile(file, 0, Bytes.utf8("x")));
        world.disk.clear();

        refused(FileError.EIO, new SyncFile(file));
        assertThat(world.journalSyncs).isZero();
    }

    @Test
    void bytesThatNoDiskHasAreAnErrorAtOnce() {
        FileId file = create("/tmp/x");
        world.call(new WriteFile(file, 0, Bytes.utf8("x")));
        world.disk.clear();
        long begun = world.nanos;

        refused(FileError.EIO, new ReadFile(file, 0, 1));
        assertThat(world.nanos - begun).isLessThan(1_000_000_000L);
    }

    @Test
    void nothingIsDroppedThatTheJournalMayStillFallBackTo() {
        FileId file = create("/tmp/x");
        world.call(new WriteFile(file, 0, Bytes.utf8("old")));
        world.call(new WriteFile(file, 0, Bytes.utf8("new")));
        world.journalFails = true;
        world.run(60_000_000_000L);
        assertThat(world.disk).hasSize(2);

        world.journalFails = false;
        world.run(10_000_000_000L);
        assertThat(world.disk).hasSize(1);
    }

    @Test
    void versionsThatNothingMapsAreDroppedAfterAWhile() {
        FileId file = create("/tmp/x");
        for (int i = 0; i < 5; i++) {
            world.call(new WriteFile(file, 0, Bytes.utf8("version " + i)));
        }
        assertThat(world.disk).hasSize(5);

        world.run(60_000_000_000L);

        assertThat(world.disk).hasSize(1);
        assertThat(new String(read(file, 0, 10), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("version 4");
    }

    @Test
    void aRepeatAfterAFailoverIsAnsweredWithTheFirstReply() {
        FileId file = create("/tmp/x");
        long call = world.ask(7, new AppendFile(file, Bytes.utf8("once")));
        int journaled = world.journals.get(2).size();
        while (world.journals.get(2).size() == journaled) {
            world.step();
        }
        world.start(2); // The append is in the journal, its answer perhaps not yet with the front.

        assertThat(world.await(call)).isEqualTo(new FileWritten(4));
        assertThat(new String(read(file, 0, 10), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("once");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0xF05})
    void anySequenceOfOperationsDoesWhatATreeInMemoryDoes(long seed) {
        world = new FileWorld(seed);
        Random random = new Random(seed);
        Map<String, byte[]> model = new TreeMap<>();
        for (int i = 0; i < 300; i++) {
            String path = List.of("/tmp/", "/home/").get(random.nextInt(2)) + "f" + random.nextInt(4);
            operate(random, path, model);
            if (random.nextInt(40) == 0) {
                world.start(random.nextInt(4));
            }
            if (random.nextInt(60) == 0) {
                world.run(40_000_000_000L);
            }
        }
        model.forEach((path, data) -> {
            FileId file = status(path).id();
            assertThat(readAll(file, data.length)).as("seed %d, %s", seed, path).isEqualTo(data);
        });
        assertThat(names("/tmp").size() + names("/home").size()).isEqualTo(model.size());
        recoversAlsoFromASnapshot(seed);
    }

    private void operate(Random random, String path, Map<String, byte[]> model) {
        byte[] now = model.get(path);
        switch (random.nextInt(7)) {
            case 0, 1 -> {
                FileId file = create(path);
                byte[] data = random(1 + random.nextInt(150_000), random.nextLong());
                int offset = random.nextInt(200_000);
                world.call(new WriteFile(file, offset, Bytes.owning(data)));
                byte[] old = now == null ? new byte[0] : now;
                byte[] next = Arrays.copyOf(old, Math.max(old.length, offset + data.length));
                System.arraycopy(data, 0, next, offset, data.length);
                model.put(path, next);
            }
            case 2 -> {
                FileId file = create(path);
                byte[] data = random(random.nextInt(5000), random.nextLong());
                world.call(new AppendFile(file, Bytes.owning(data)));
                byte[] old = now == null ? new byte[0] : now;
                byte[] next = Arrays.copyOf(old, old.length + data.length);
                System.arraycopy(data, 0, next, old.length, data.length);
                model.put(path, next);
            }
            case 3 -> {
                int size = random.nextInt(300_000);
                world.call(new TruncateFile(create(path), size));
                model.put(path, Arrays.copyOf(now == null ? new byte[0] : now, size));
            }
            case 4 -> {
                Payload answer = world.call(new UnlinkFile(path));
                assertThat(answer)
                        .isEqualTo(model.remove(path) == null ? new Refused(FileError.ENOENT) : new Changed());
            }
            case 5 -> {
                String to = path.substring(0, path.lastIndexOf('/') + 1) + "f" + random.nextInt(4);
                Payload answer = world.call(new RenamePath(path, to));
                assertThat(answer).isEqualTo(now == null ? new Refused(FileError.ENOENT) : new Changed());
                if (now != null) {
                    model.remove(path);
                    model.put(to, now);
                }
            }
            default -> {
                world.call(new OpenFile(path, OpenMode.CREATE_OR_TRUNCATE));
                model.put(path, new byte[0]);
            }
        }
    }

    private void recoversAlsoFromASnapshot(long seed) {
        for (int slice : List.of(1, 2)) {
            FileOwner replayed = new FileOwner(slice, FileWorld.SELF, FileWorld.SETTINGS, 0);
            world.journals.get(slice).forEach(event -> {
                switch (event) {
                    case OwnerLife.Decided decided -> decided.events().forEach(replayed::apply);
                    case VolumeEvent own -> replayed.apply(own);
                    default -> {}
                }
            });
            FileOwner restored = new FileOwner(slice, FileWorld.SELF, FileWorld.SETTINGS, 0);
            restored.restore(replayed.snapshot());
            assertThat(restored.snapshot()).as("seed %d", seed).isEqualTo(replayed.snapshot());
        }
    }

    private FileId create(String path) {
        Payload answer = world.call(new OpenFile(path, OpenMode.CREATE));
        assertThat(answer).isInstanceOf(FileOpened.class);
        return ((FileOpened) answer).status().id();
    }

    private FileProtocol.Status status(String path) {
        Payload answer = world.call(new StatPath(path));
        assertThat(answer).isInstanceOf(StatAnswered.class);
        return ((StatAnswered) answer).status();
    }

    private byte[] read(FileId file, long offset, int length) {
        Payload answer = world.call(new ReadFile(file, offset, length));
        assertThat(answer).isInstanceOf(FileRead.class);
        return ((FileRead) answer).data().toArray();
    }

    private byte[] readAll(FileId file, int expected) {
        byte[] all = new byte[expected];
        int at = 0;
        while (true) {
            byte[] part = read(file, at, 100_000);
            if (part.length == 0) {
                return Arrays.copyOf(all, at);
            }
            assertThat(at + part.length).isLessThanOrEqualTo(expected);
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
    }

    private List<String> names(String path) {
        return ((DirectoryListed) world.call(new ListDirectory(path, "", 100)))
                .entries().stream().map(Entry::name).toList();
    }

    private void refused(FileError error, FileProtocol.Request<?> request) {
        assertThat(world.call(request)).as("%s", request).isEqualTo(new Refused(error));
    }

    private static byte[] random(int length, long seed) {
        byte[] data = new byte[length];
        new Random(seed).nextBytes(data);
        return data;
    }
}
