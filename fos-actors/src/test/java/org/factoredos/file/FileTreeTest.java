package org.factoredos.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.factoredos.file.FileProtocol.Access;
import org.factoredos.file.FileProtocol.Attributes;
import org.factoredos.file.FileProtocol.Changed;
import org.factoredos.file.FileProtocol.DirectoryListed;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.FileOpened;
import org.factoredos.file.FileProtocol.FileRead;
import org.factoredos.file.FileProtocol.FileWritten;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.LinkRead;
import org.factoredos.file.FileProtocol.ListDirectory;
import org.factoredos.file.FileProtocol.ListVolumes;
import org.factoredos.file.FileProtocol.MakeDirectory;
import org.factoredos.file.FileProtocol.MakeLink;
import org.factoredos.file.FileProtocol.MakeSymbolicLink;
import org.factoredos.file.FileProtocol.MakeVolume;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.factoredos.file.FileProtocol.OpenFile;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.ReadFile;
import org.factoredos.file.FileProtocol.ReadLink;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.FileProtocol.RemoveDirectory;
import org.factoredos.file.FileProtocol.RenamePath;
import org.factoredos.file.FileProtocol.Request;
import org.factoredos.file.FileProtocol.SetAttributes;
import org.factoredos.file.FileProtocol.SetQuota;
import org.factoredos.file.FileProtocol.Share;
import org.factoredos.file.FileProtocol.StatAnswered;
import org.factoredos.file.FileProtocol.StatFile;
import org.factoredos.file.FileProtocol.StatLink;
import org.factoredos.file.FileProtocol.StatPath;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.file.FileProtocol.SyncFile;
import org.factoredos.file.FileProtocol.TruncateFile;
import org.factoredos.file.FileProtocol.UnlinkFile;
import org.factoredos.file.FileProtocol.VolumesListed;
import org.factoredos.file.FileProtocol.WriteFile;
import org.factoredos.kernel.Bytes;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The rules of the tree: links, owners and modes, times, volumes and shares. */
@Tag("O5")
class FileTreeTest {
    private static final String ANN = "ann";
    private static final String BOB = "bob";

    private final FileWorld world = new FileWorld(1);

    // Hard links.

    @Test
    void aFileLivesAsLongAsItHasAName() {
        FileId file = write("/tmp/a", "text");
        done(new MakeLink("/tmp/a", "/tmp/b"));

        assertThat(status("/tmp/b").id()).isEqualTo(file);
        assertThat(status("/tmp/b").attributes().links()).isEqualTo(2);
        done(new UnlinkFile("/tmp/a"));
        assertThat(read("/tmp/b")).isEqualTo("text");
        assertThat(status("/tmp/b").attributes().links()).isEqualTo(1);
        done(new UnlinkFile("/tmp/b"));
        refused(FileError.ESTALE, new ReadFile(file, 0, 10));
    }

    @Test
    void namesOfOneFileSurviveItsOwnersSuccessor() {
        FileId file = write("/tmp/a", "text");
        done(new MakeLink("/tmp/a", "/tmp/b"));
        done(new MakeSymbolicLink("b", "/tmp/s"));
        done(new SetAttributes("/tmp/a", true, new NewAttributes(0640, ANN, 7L, 8L)));

        world.start(Place.slice("/tmp"));

        assertThat(status("/tmp/s").id()).isEqualTo(file);
        Attributes attributes = status("/tmp/a").attributes();
        assertThat(attributes.links()).isEqualTo(2);
        assertThat(attributes.owner()).isEqualTo(ANN);
        assertThat(attributes.mode()).isEqualTo(0600);
        assertThat(attributes.allocatedBytes()).isEqualTo(4);
        assertThat(status("/tmp/a").modifiedMillis()).isEqualTo(7);
        assertThat(attributes.accessedMillis()).isEqualTo(8);
    }

    @Test
    void namesAreGivenToFilesOfTheSameVolumeOnly() {
        write("/tmp/a", "text");
        done(new MakeDirectory("/tmp/d"));
        refused(FileError.EXDEV, new MakeLink("/tmp/a", "/home/a"));
        refused(FileError.EPERM, new MakeLink("/tmp/d", "/tmp/e"));
        refused(FileError.ENOENT, new MakeLink("/tmp/none", "/tmp/e"));
        refused(FileError.EEXIST, new MakeLink("/tmp/a", "/tmp/d"));
        done(new MakeSymbolicLink("d", "/tmp/s"));
        done(new MakeLink("/tmp/s", "/tmp/t"));
        assertThat(link("/tmp/t").kind()).isEqualTo(Kind.SYMBOLIC_LINK);
    }

    @Test
    void renamingOverANameOfTheSameFileLeavesBoth() {
        write("/tmp/a", "text");
        done(new MakeLink("/tmp/a", "/tmp/b"));
        done(new RenamePath("/tmp/a", "/tmp/b"));
        assertThat(names("/tmp")).containsExactly("a", "b");

        write("/tmp/c", "other");
        done(new RenamePath("/tmp/c", "/tmp/b"));
        assertThat(read("/tmp/a")).isEqualTo("text");
        assertThat(status("/tmp/a").attributes().links()).isEqualTo(1);
    }

    // Symbolic links.

    @Test
    void aLinkLeadsWhereItSays() {
        write("/tmp/file", "text");
        done(new MakeDirectory("/tmp/d"));
        done(new MakeSymbolicLink("../file", "/tmp/d/up"));
        done(new MakeSymbolicLink("d/up", "/tmp/twice"));
        done(new MakeSymbolicLink("/tmp/d", "/tmp/dir"));

        assertThat(read("/tmp/d/up")).isEqualTo("text");
        assertThat(read("/tmp/twice")).isEqualTo("text");
        assertThat(read("/tmp/dir/up")).isEqualTo("text");
        assertThat(link("/tmp/twice").kind()).isEqualTo(Kind.SYMBOLIC_LINK);
        assertThat(link("/tmp/twice").sizeBytes()).isEqualTo(4);
        assertThat(world.call(new ReadLink("/tmp/twice"))).isEqualTo(new LinkRead("d/up"));
        refused(FileError.EINVAL, new ReadLink("/tmp/file"));
        refused(FileError.EINVAL, new MakeSymbolicLink("", "/tmp/empty"));
    }

    @Test
    void aLinkLeadsToOtherVolumesAndBack() {
        write("/home/there", "text");
        done(new MakeSymbolicLink("/home", "/tmp/h"));
        done(new MakeSymbolicLink("../tmp/h/there", "/srv/round"));

        assertThat(read("/tmp/h/there")).isEqualTo("text");
        assertThat(read("/srv/round")).isEqualTo("text");
        done(new MakeDirectory("/tmp/h/made"));
        assertThat(names("/home")).containsExactly("made", "there");
        done(new RenamePath("/tmp/h/there", "/tmp/h/here"));
        assertThat(read("/home/here")).isEqualTo("text");
        done(new MakeLink("/tmp/h/here", "/tmp/h/again"));
        assertThat(status("/home/again").attributes().links()).isEqualTo(2);
        done(new UnlinkFile("/tmp/h/here"));
        assertThat(names("/home")).containsExactly("again", "made");
    }

    @Test
    void whatAsksForTheLinkItselfGetsIt() {
        write("/tmp/file", "text");
        done(new MakeSymbolicLink("file", "/tmp/s"));
        refused(FileError.EEXIST, new OpenFile("/tmp/s", OpenMode.CREATE_NEW));
        done(new RenamePath("/tmp/s", "/tmp/t"));
        done(new UnlinkFile("/tmp/t"));
        assertThat(names("/tmp")).containsExactly("file");
    }

    @Test
    void whatIsMadeThroughALinkIsMadeWhereItLeads() {
        done(new MakeSymbolicLink("/home/new", "/tmp/s"));
        refused(FileError.ENOENT, new StatPath("/tmp/s"));
        write("/tmp/s", "text");
        assertThat(read("/home/new")).isEqualTo("text");
    }

    @Test
    void linksInACircleEnd() {
        done(new MakeSymbolicLink("b", "/tmp/a"));
        done(new MakeSymbolicLink("a", "/tmp/b"));
        refused(FileError.ELOOP, new StatPath("/tmp/a"));
        done(new MakeSymbolicLink("/home/b", "/tmp/c"));
        done(new MakeSymbolicLink("/tmp/c", "/home/b"));
        refused(FileError.ELOOP, new StatPath("/tmp/c"));
        assertThat(link("/tmp/a").kind()).isEqualTo(Kind.SYMBOLIC_LINK);
    }

    // Owners and modes.

    @Test
    void whatAModeDoesNotAllowIsRefusedToOthers() {
        FileId file = write(ANN, "/tmp/a", "text");
        assertThat(read(BOB, file)).isInstanceOf(FileRead.class);
        refused(BOB, FileError.EACCES, new WriteFile(file, 0, Bytes.utf8("x")));
        refused(BOB, FileError.EACCES, new TruncateFile(file, 0));
        refused(BOB, FileError.EACCES, new OpenFile("/tmp/a", OpenMode.CREATE_OR_TRUNCATE));
        refused(BOB, FileError.EACCES, new OpenFile("/tmp/a", OpenMode.EXISTING, Access.READ_AND_WRITE));
        refused(BOB, FileError.EPERM, new SetAttributes("/tmp/a", true, NewAttributes.ofMode(0777)));
        refused(BOB, FileError.EPERM, new MakeLink("/tmp/a", "/tmp/b"));
        refused(BOB, FileError.EPERM, new UnlinkFile("/tmp/a"));
        refused(BOB, FileError.EPERM, new RenamePath("/tmp/a", "/tmp/b"));

        done(ANN, new SetAttributes("/tmp/a", true, NewAttributes.ofMode(0600)));
        refused(BOB, FileError.EACCES, new OpenFile("/tmp/a", OpenMode.EXISTING));
        refused(BOB, FileError.EACCES, new ReadFile(file, 0, 10));
        assertThat(world.call("operator", new ReadFile(file, 0, 10))).isInstanceOf(FileRead.class);
        done(ANN, new SetAttributes("/tmp/a", true, NewAttributes.ofMode(0666)));
        assertThat(world.call(BOB, new WriteFile(file, 0, Bytes.utf8("x")))).isEqualTo(new FileWritten(1));
    }

    @Test
    void whoKnowsAFilesNumberCannotUseItUnlessTheyCouldWalkThere() {
        done(new MakeDirectory("/home/ann"));
        done(new SetAttributes("/home/ann", true, new NewAttributes(0700, ANN, null, null)));
        FileId file = write(ANN, "/home/ann/open", "text");
        done(ANN, new SetAttributes("/home/ann/open", true, NewAttributes.ofMode(0666)));

        refused(BOB, FileError.EACCES, new StatPath("/home/ann/open"));
        refused(BOB, FileError.EACCES, new ListDirectory("/home/ann", "", 10));
        refused(BOB, FileError.EACCES, new ReadFile(file, 0, 10));
        refused(BOB, FileError.EACCES, new WriteFile(file, 0, Bytes.utf8("x")));
        refused(BOB, FileError.EACCES, new TruncateFile(file, 0));
        refused(BOB, FileError.EACCES, new StatFile(file));
        refused(BOB, FileError.EACCES, new SyncFile(file));
        assertThat(read(ANN, file)).isInstanceOf(FileRead.class);
        // Through a name somewhere else everybody may walk there.
        done(ANN, new MakeDirectory("/tmp/x"));
        done(new SetAttributes("/home/ann", true, NewAttributes.ofMode(0711)));
        assertThat(read(BOB, file)).isInstanceOf(FileRead.class);
    }

    @Test
    void nobodyMakesOrTakesAnythingWhereTheyMayNotWrite() {
        refused(ANN, FileError.EACCES, new MakeDirectory("/home/x"));
        refused(ANN, FileError.EACCES, new OpenFile("/etc", OpenMode.CREATE));
        refused(ANN, FileError.EACCES, new MakeSymbolicLink("x", "/srv/s"));
        write("/home/theirs", "text");
        refused(ANN, FileError.EACCES, new UnlinkFile("/home/theirs"));
        refused(ANN, FileError.EACCES, new RenamePath("/home/theirs", "/home/mine"));
        refused(ANN, FileError.EACCES, new MakeLink("/home/theirs", "/home/mine"), FileError.EPERM);
    }

    @Test
    void ownersAreChangedByTheOperatorAlone() {
        write(ANN, "/tmp/a", "text");
        refused(ANN, FileError.EPERM, new SetAttributes("/tmp/a", true, NewAttributes.ofOwner(BOB)));
        refused(FileError.EINVAL, new SetAttributes("/tmp/a", true, NewAttributes.ofOwner("")));
        refused(FileError.EINVAL, new SetAttributes("/tmp/a", true, NewAttributes.ofMode(04755)));
        done(new SetAttributes("/tmp/a", true, NewAttributes.ofOwner("bob:web")));
        // A domain owns what those below it own, and not the other way round.
        done(BOB, new SetAttributes("/tmp/a", true, NewAttributes.ofMode(0600)));
        done(new SetAttributes("/tmp/a", true, NewAttributes.ofOwner(BOB)));
        refused("bob:web", FileError.EPERM, new SetAttributes("/tmp/a", true, NewAttributes.ofMode(0666)));
    }

    // Volumes.

    @Test
    void aVolumeHangsWhereItWasMadeAndLivesInItsSlice() {
        done(new MakeDirectory("/srv/data"));
        done(new MakeVolume("/srv/data/vol", 2));
        FileId file = write("/srv/data/vol/a", "text");

        assertThat(Place.slice(file.volume())).isEqualTo(2);
        assertThat(read("/srv/data/vol/a")).isEqualTo("text");
        done(new MakeDirectory("/srv/data/vol/d"));
        assertThat(names("/srv/data/vol")).containsExactly("a", "d");
        refused(FileError.EXDEV, new RenamePath("/srv/data/vol/a", "/srv/a"));
        refused(FileError.EXDEV, new MakeLink("/srv/data/vol/a", "/srv/a"));
        done(new RenamePath("/srv/data/vol/a", "/srv/data/vol/d/b"));
        done(new MakeSymbolicLink("../../../up", "/srv/data/vol/d/s"));
        write("/srv/up", "above");
        assertThat(read("/srv/data/vol/d/s")).isEqualTo("above");
        assertThat(volumes(2)).contains("/srv/data/vol");
        world.start(2);
        world.start(3);
        assertThat(read("/srv/data/vol/d/b")).isEqualTo("text");
    }

    @Test
    void aPathLeadsThroughAVolumeAndOutOfItAgain() {
        done(new MakeVolume("/srv/vol", 2));
        done(new MakeSymbolicLink("vol/../file", "/srv/s"));
        write("/srv/file", "text");
        assertThat(read("/srv/s")).isEqualTo("text");
        done(new MakeSymbolicLink("../home", "/srv/vol/h"));
        done(new MakeSymbolicLink("vol/h/../home/there", "/srv/t"));
        write("/home/there", "there");
        refused(FileError.ENOENT, new StatPath("/srv/t")); // .../h is /srv/home, which nobody has made.
        done(new MakeSymbolicLink("vol/../../home/there", "/srv/u"));
        assertThat(read("/srv/u")).isEqualTo("there");
    }

    @Test
    void whereAVolumeHangsStaysAsItIs() {
        done(new MakeDirectory("/srv/data"));
        done(new MakeVolume("/srv/data/vol", 2));
        refused(FileError.EBUSY, new RenamePath("/srv/data/vol", "/srv/other"));
        refused(FileError.EBUSY, new RenamePath("/srv/data", "/srv/other"));
        refused(FileError.EBUSY, new RemoveDirectory("/srv/data/vol"));
        refused(FileError.EISDIR, new UnlinkFile("/srv/data/vol"));
        refused(FileError.EEXIST, new MakeVolume("/srv/data/vol", 1));
        refused(FileError.EINVAL, new MakeVolume("/srv/x", 4));
        refused(FileError.EEXIST, new MakeDirectory("/srv/data/vol"));
    }

    @Test
    @Tag("P3")
    void whoLacksTheRightOrTheDirectoryMountsNothing() {
        refused(ANN, FileError.EACCES, new MakeVolume("/srv/vol", 0));
        done(ANN, new MakeVolume("/tmp/ann", 0));
        done(ANN, new MakeDirectory("/tmp/ann/d"));
        assertThat(status("/tmp/ann").attributes().owner()).isEqualTo(ANN);
        refused(BOB, FileError.EACCES, new MakeDirectory("/tmp/ann/e"));
        world.mounts = false;
        refused(ANN, FileError.EPERM, new MakeVolume("/tmp/more", 0));
    }

    // Shares.

    @Test
    void nobodysFilesTakeMoreThanTheirShare() {
        done(new SetQuota("/tmp", ANN, 100_000));
        FileId file = write(ANN, "/tmp/a", "x".repeat(60_000));
        FileId other = write("ann:web", "/tmp/b", "x".repeat(40_000));
        refused(ANN, FileError.EDQUOT, new WriteFile(file, 60_000, Bytes.utf8("x")));
        refused("ann:web", FileError.EDQUOT, new WriteFile(other, 200_000, Bytes.utf8("x")));
        assertThat(world.call(ANN, new WriteFile(file, 0, Bytes.utf8("y")))).isEqualTo(new FileWritten(1));
        assertThat(shares("/tmp")).contains(new Share(ANN, 100_000, 100_000));

        done(ANN, new TruncateFile(file, 10_000));
        assertThat(world.call(ANN, new WriteFile(file, 10_000, Bytes.owning(new byte[50_000]))))
                .isEqualTo(new FileWritten(60_000));
        done(new SetAttributes("/tmp/a", true, NewAttributes.ofOwner(BOB)));
        assertThat(shares("/tmp")).contains(new Share(ANN, 40_000, 100_000), new Share(BOB, 60_000, -1));
        done(new UnlinkFile("/tmp/a"));
        world.start(Place.slice("/tmp"));
        assertThat(shares("/tmp")).containsExactly(new Share(ANN, 40_000, 100_000));
        refused(ANN, FileError.EPERM, new SetQuota("/tmp", ANN, 1 << 30));
        done(new SetQuota("/tmp", ANN, FileProtocol.NO_LIMIT));
        assertThat(world.call("ann:web", new WriteFile(other, 40_000, Bytes.owning(new byte[200_000]))))
                .isEqualTo(new FileWritten(240_000));
    }

    @Test
    void holesTakeNothing() {
        FileId file = create("sys:test", "/tmp/holes");
        world.call(new WriteFile(file, 1L << 40, Bytes.utf8("end")));
        assertThat(status("/tmp/holes").sizeBytes()).isEqualTo((1L << 40) + 3);
        assertThat(status("/tmp/holes").attributes().allocatedBytes()).isEqualTo(3);
        world.call(new TruncateFile(file, 5));
        assertThat(status("/tmp/holes").attributes().allocatedBytes()).isZero();
    }

    // Helpers.

    private FileId create(String domain, String path) {
        return ((FileOpened) world.call(domain, new OpenFile(path, OpenMode.CREATE)))
                .status()
                .id();
    }

    private FileId write(String path, String text) {
        return write("sys:test", path, text);
    }

    private FileId write(String domain, String path, String text) {
        FileId file = create(domain, path);
        assertThat(world.call(domain, new WriteFile(file, 0, Bytes.utf8(text))))
                .isEqualTo(new FileWritten(text.length()));
        return file;
    }

    private String read(String path) {
        FileOpened opened = (FileOpened) world.call(new OpenFile(path, OpenMode.EXISTING));
        FileRead read = (FileRead) world.call(new ReadFile(opened.status().id(), 0, 1000));
        return new String(read.data().toArray(), java.nio.charset.StandardCharsets.UTF_8);
    }

    private Object read(String domain, FileId file) {
        return world.call(domain, new ReadFile(file, 0, 10));
    }

    private Status status(String path) {
        return ((StatAnswered) world.call(new StatPath(path))).status();
    }

    private Status link(String path) {
        return ((StatAnswered) world.call(new StatLink(path))).status();
    }

    private List<String> names(String path) {
        return ((DirectoryListed) world.call(new ListDirectory(path, "", 100)))
                .entries().stream().map(Entry::name).toList();
    }

    private List<String> volumes(int slice) {
        return ((VolumesListed) world.call(new ListVolumes(slice)))
                .volumes().stream().map(volume -> volume.path()).toList();
    }

    private List<Share> shares(String path) {
        return ((VolumesListed) world.call(new FileProtocol.StatVolume(path)))
                .volumes()
                .getFirst()
                .shares();
    }

    private void done(Request<?> request) {
        done("operator", request);
    }

    private void done(String domain, Request<?> request) {
        assertThat(world.call(domain, request)).as("%s by %s", request, domain).isEqualTo(new Changed());
    }

    private void refused(FileError error, Request<?> request) {
        refused("operator", error, request);
    }

    private void refused(String domain, FileError error, Request<?> request, FileError... or) {
        List<Refused> expected = new java.util.ArrayList<>(List.of(new Refused(error)));
        List.of(or).forEach(other -> expected.add(new Refused(other)));
        assertThat(world.call(domain, request)).as("%s by %s", request, domain).isIn(expected);
    }
}
