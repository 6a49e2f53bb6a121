package org.factoredos.lib.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.factoredos.file.FileProtocol.LARGEST_TRANSFER_BYTES;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.DosFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.factoredos.file.FileError;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.MemoryGrid;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("A3")
class FosFileSystemTest {
    private final MemoryGrid grid = new MemoryGrid(Map.of());
    private final Fos fos = grid.process();
    private final FosFileSystem files = FosFileSystem.enter(fos);

    @BeforeEach
    void makeFiles() {
        grid.withFile("/home/one", "eins\n").withFile("/tmp/two", "zwei\n");
    }

    private Path path(String text) {
        return files.getPath(text);
    }

    @Test
    void aUriIsOfTheProcessWhoseThreadAsks() throws Exception {
        List<Object> seen = new ArrayList<>();
        Thread ofAnother = new Thread(() -> seen.add(FosFileSystem.enter(new MemoryGrid(Map.of()).process())
                .provider()
                .getPath(URI.create("fos:///x"))));
        Thread ofThis = new Thread(() -> seen.add(Path.of(URI.create("fos:///x"))));
        for (Thread thread : List.of(ofAnother, ofThis)) {
            thread.start();
            thread.join();
        }

        assertThat(seen.getFirst()).isNotEqualTo(path("/x"));
        assertThat(seen.getLast()).isEqualTo(path("/x"));
        assertThat(FosFileSystem.of(fos)).isSameAs(files);
    }

    // Contents

    @Test
    void textIsWrittenReadAndAppended() throws IOException {
        Files.writeString(path("/home/new"), "a\n");
        Files.writeString(path("/home/new"), "b\n", StandardOpenOption.APPEND);

        assertThat(grid.text("/home/new")).isEqualTo("a\nb\n");
        assertThat(Files.readAllLines(path("/home/new"))).containsExactly("a", "b");
        assertThat(Files.size(path("/home/new"))).isEqualTo(4);
    }

    @Test
    void whatIsLargerThanAnyMessageGoesThroughInPieces() throws IOException {
        byte[] data = new byte[3 * LARGEST_TRANSFER_BYTES + 17];
        new Random(3).nextBytes(data);

        Files.write(path("/home/large"), data);
        Files.copy(path("/home/large"), path("/tmp/copy"));

        assertThat(Files.readAllBytes(path("/tmp/copy"))).isEqualTo(data);
    }

    @Test
    void aChannelReadsAndWritesWhereItIsTold() throws IOException {
        try (FileChannel channel =
                FileChannel.open(path("/home/one"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            channel.position(1);
            channel.write(ByteBuffer.wrap("XX".getBytes(UTF_8)));
            assertThat(channel.position()).isEqualTo(3);
            channel.write(ByteBuffer.wrap("!".getBytes(UTF_8)), 9);
            ByteBuffer all = ByteBuffer.allocate(20);

            assertThat(channel.read(all, 0)).isEqualTo(10);
            assertThat(new String(all.array(), 0, 10, UTF_8)).isEqualTo("eXXs\n\0\0\0\0!");
            assertThat(channel.read(ByteBuffer.allocate(1), 10)).isEqualTo(-1);
            channel.truncate(2).force(true);
            assertThat(channel.position()).isEqualTo(2);
            assertThat(channel.truncate(100).size()).isEqualTo(2);
        }
        assertThat(grid.text("/home/one")).isEqualTo("eX");
        assertThat(grid.syncs("/home/one")).isEqualTo(1);
    }

    @Test
    void aChannelDoesOnlyWhatItWasOpenedFor() throws IOException {
        try (FileChannel reader = FileChannel.open(path("/home/one"));
                FileChannel writer = FileChannel.open(path("/home/one"), StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            assertThatExceptionOfType(NonWritableChannelException.class).isThrownBy(() -> reader.write(one));
            assertThatExceptionOfType(NonReadableChannelException.class).isThrownBy(() -> writer.read(one));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FileChannel.open(
                        path("/home/one"), StandardOpenOption.APPEND, StandardOpenOption.TRUNCATE_EXISTING));
    }

    @Test
    void openingSaysWhatHasToBeThere() throws IOException {
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> Files.newByteChannel(path("/home/lost"), StandardOpenOption.WRITE));
        assertThatExceptionOfType(FileAlreadyExistsException.class)
                .isThrownBy(() -> Files.newOutputStream(path("/home/one"), StandardOpenOption.CREATE_NEW));
        Files.newOutputStream(path("/home/one"), StandardOpenOption.CREATE).close();
        assertThat(grid.text("/home/one")).isEqualTo("eins\n");
        Files.newOutputStream(path("/home/one"), StandardOpenOption.TRUNCATE_EXISTING)
                .close();
        assertThat(grid.text("/home/one")).isEmpty();
        Files.newOutputStream(path("/home/one"), StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE)
                .close();
        assertThat(grid.has("/home/one")).isFalse();
    }

    // Directories

    @Test
    void aDirectoryOfSeveralPagesIsListedInOrderWithWhatTheListingSays() throws IOException {
        List<String> names = IntStream.range(100, 110).mapToObj(i -> "f" + i).toList();
        names.forEach(name -> grid.withFile("/srv/" + name, name));

        List<Path> listed = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(path("/srv"))) {
            stream.forEach(listed::add);
        }

        assertThat(listed).extracting(path -> path.getFileName().toString()).isEqualTo(names);
        assertThat(listed)
                .allSatisfy(path -> assertThat(
                                ((FosPath) path).listed().orElseThrow().sizeBytes())
                        .isEqualTo(4));
    }

    @Test
    void onlyWhatMatchesIsListed() throws IOException {
        grid.withFile("/srv/a.txt", "").withFile("/srv/b.txt", "").withFile("/srv/c.md", "");

        try (DirectoryStream<Path> stream = Files.newDirectoryStream(path("/srv"), "*.{txt,doc}")) {
            assertThat(stream).extracting(Path::toString).containsExactly("/srv/a.txt", "/srv/b.txt");
        }
    }

    @Test
    void aTreeIsMadeWalkedAndRemoved() throws IOException {
        Files.createDirectories(path("/home/a/b/c"));
        Files.writeString(path("/home/a/b/file"), "x");

        try (Stream<Path> walk = Files.walk(path("/home/a"))) {
            assertThat(walk.map(Path::toString))
                    .containsExactly("/home/a", "/home/a/b", "/home/a/b/c", "/home/a/b/file");
        }
        assertThatExceptionOfType(DirectoryNotEmptyException.class).isThrownBy(() -> Files.delete(path("/home/a")));
        Files.walkFileTree(path("/home/a"), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
        assertThat(Files.exists(path("/home/a"))).isFalse();
    }

    // Moves

    @Test
    void aMoveTakesAnotherFilesPlaceOnlyWhereThatIsWanted() throws IOException {
        grid.withFile("/home/other", "andere\n");

        assertThatExceptionOfType(FileAlreadyExistsException.class)
                .isThrownBy(() -> Files.move(path("/home/one"), path("/home/other")));
        Files.move(path("/home/one"), path("/home/other"), StandardCopyOption.REPLACE_EXISTING);

        assertThat(grid.text("/home/other")).isEqualTo("eins\n");
        assertThat(grid.has("/home/one")).isFalse();
    }

    @Test
    void nothingIsDeletedForAMoveOfWhatIsNotThere() throws IOException {
        Files.createDirectory(path("/home/empty"));

        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() ->
                        Files.move(path("/home/missing"), path("/home/empty"), StandardCopyOption.REPLACE_EXISTING));

        assertThat(Files.isDirectory(path("/home/empty"))).isTrue();
    }

    @Test
    void aFileMovesToAnotherVolumeButNotAtomically() throws IOException {
        assertThatExceptionOfType(AtomicMoveNotSupportedException.class)
                .isThrownBy(() -> Files.move(path("/home/one"), path("/tmp/one"), StandardCopyOption.ATOMIC_MOVE));
        Files.move(path("/home/one"), path("/tmp/one"));

        assertThat(grid.text("/tmp/one")).isEqualTo("eins\n");
        assertThat(grid.has("/home/one")).isFalse();
    }

    @Test
    void aDirectoryWithSomethingInItDoesNotMoveToAnotherVolume() throws IOException {
        Files.createDirectory(path("/home/full"));
        grid.withFile("/home/full/x", "");

        assertThatExceptionOfType(DirectoryNotEmptyException.class)
                .isThrownBy(() -> Files.move(path("/home/full"), path("/tmp/full")));
        assertThat(grid.has("/home/full/x")).isTrue();
        assertThat(grid.has("/tmp/full")).isFalse();
    }

    // Errors

    @Test
    void errorsAreThoseOfJavaNioAndKeepTheSentence() {
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> Files.readString(path("/home/lost")))
                .withMessage("/home/lost: " + FileError.ENOENT.sentence());
        assertThatExceptionOfType(FileSystemException.class)
                .isThrownBy(() -> Files.readString(path("/home")))
                .withMessage("/home: " + FileError.EISDIR.sentence());
        assertThatExceptionOfType(NotDirectoryException.class).isThrownBy(this::listFile);
        assertThatExceptionOfType(FileAlreadyExistsException.class)
                .isThrownBy(() -> Files.createDirectory(path("/home/one")));
        assertThat(FileErrors.named((FosPath) path("/x"), new FosException(FileError.EACCES, "/x: no")))
                .isInstanceOf(AccessDeniedException.class);
    }

    private void listFile() throws IOException {
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(path("/home/one"))) {
            assertThat(stream).isEmpty();
        }
    }

    @Test
    void bytesAreLockedUntilTheLockOrTheChannelIsClosed() throws IOException {
        try (FileChannel one = FileChannel.open(path("/home/one"), StandardOpenOption.WRITE);
                FileChannel other = FileChannel.open(path("/home/one"), StandardOpenOption.WRITE)) {
            FileLock lock = one.lock(0, 10, false);
            assertThat(lock.isValid()).isTrue();
            assertThat(other.tryLock(9, 0, false)).isNull();
            assertThat(other.tryLock(10, 0, false)).isNotNull();
            lock.release();
            assertThat(lock.isValid()).isFalse();
            assertThat(other.tryLock(0, 10, false)).isNotNull();
            assertThatExceptionOfType(NonReadableChannelException.class).isThrownBy(() -> one.lock(0, 1, true));
            assertThatIllegalArgumentException().isThrownBy(() -> one.tryLock(-1, 1, false));
        }
    }

    @Test
    void whatFosDoesNotHaveIsUnsupported() {
        Path one = path("/home/one");
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> Files.readAttributes(one, DosFileAttributes.class));
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> Files.setAttribute(one, "unix:uid", 1));
    }

    // Links

    @Test
    void linksAreFollowedUnlessTheOptionsSayOtherwise() throws IOException {
        Path link = Files.createSymbolicLink(path("/tmp/link"), path("../home/one"));

        assertThat(Files.readString(link)).isEqualTo("eins\n");
        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertThat(Files.isRegularFile(link)).isTrue();
        assertThat(Files.isRegularFile(link, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(Files.readSymbolicLink(link)).hasToString("../home/one");
        assertThat(link.toRealPath()).hasToString("/home/one");
        assertThat(link.toRealPath(LinkOption.NOFOLLOW_LINKS)).hasToString("/tmp/link");
        assertThatExceptionOfType(NotLinkException.class).isThrownBy(() -> Files.readSymbolicLink(path("/home/one")));
        Files.copy(link, path("/tmp/copy"), LinkOption.NOFOLLOW_LINKS);
        assertThat(Files.isSymbolicLink(path("/tmp/copy"))).isTrue();
        Files.delete(link);
        assertThat(Files.exists(path("/home/one"))).isTrue();
    }

    @Test
    void aFileMayHaveSeveralNames() throws IOException {
        Files.createLink(path("/home/more"), path("/home/one"));

        assertThat(Files.isSameFile(path("/home/more"), path("/home/one"))).isTrue();
        Files.delete(path("/home/one"));
        assertThat(Files.readString(path("/home/more"))).isEqualTo("eins\n");
    }

    @Test
    void timesOwnersAndPermissionsAreSetAndCopied() throws IOException {
        Path one = path("/home/one");
        Files.setLastModifiedTime(one, FileTime.from(Instant.EPOCH));
        Files.setPosixFilePermissions(one, PosixFilePermissions.fromString("rw-------"));
        Files.copy(one, path("/home/x"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.setOwner(one, files.getUserPrincipalLookupService().lookupPrincipalByName("ann"));

        PosixFileAttributes copy = Files.readAttributes(path("/home/x"), PosixFileAttributes.class);
        assertThat(copy.lastModifiedTime()).isEqualTo(FileTime.from(Instant.EPOCH));
        assertThat(PosixFilePermissions.toString(copy.permissions())).isEqualTo("rw-------");
        assertThat(Files.getOwner(one)).hasToString("ann");
        Files.createDirectory(
                path("/home/d"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path("/home/d"))))
                .isEqualTo("rwx------");
    }

    // Attributes

    @Test
    void attributesAreHonestDefaultsWhereFosKnowsNone() throws IOException {
        PosixFileAttributes one = Files.readAttributes(path("/home/one"), PosixFileAttributes.class);

        assertThat(one.isRegularFile()).isTrue();
        assertThat(one.size()).isEqualTo(5);
        assertThat(PosixFilePermissions.toString(one.permissions())).isEqualTo("rw-r--r--");
        assertThat(one.creationTime()).isEqualTo(one.lastModifiedTime());
        assertThat(Files.getOwner(path("/home/one"))).hasToString("operator");
        assertThat(Files.isDirectory(path("/home"), LinkOption.NOFOLLOW_LINKS)).isTrue();
        assertThat(Files.isExecutable(path("/home/one"))).isFalse();
        assertThat(Files.isWritable(path("/home/one"))).isTrue();
        assertThat(Files.readAttributes(path("/home/one"), "posix:size,group")).containsOnlyKeys("size", "group");
        assertThatIllegalArgumentException().isThrownBy(() -> Files.readAttributes(path("/home/one"), "size,color"));
    }

    @Test
    void theSameFileIsKnownByItsIdentity() throws IOException {
        assertThat(Files.isSameFile(path("/home/one"), path("/home/../home/./one")))
                .isTrue();
        assertThat(Files.isSameFile(path("/home/one"), path("/tmp/two"))).isFalse();
    }

    // Paths

    @Test
    void relativePathsBeginAtTheWorkingDirectory() throws IOException {
        fos.changeDirectory("/home");

        assertThat(Files.readString(path("one"))).isEqualTo("eins\n");
        assertThat(path("").toAbsolutePath()).hasToString("/home");
        assertThat(path("../tmp/two").toRealPath()).hasToString("/tmp/two");
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> path("lost").toRealPath());
    }

    @ParameterizedTest
    @CsvSource({
        "/a/b/c, /a/b, c, 3",
        "/a, /, a, 1",
        "/, , , 0",
        "a/b, a, b, 2",
        "a, , a, 1",
        "'', , '', 1",
        "'/a//b/', /a, b, 2"
    })
    void aPathHasItsParts(String text, String parent, String name, int count) {
        assertThat(path(text).getParent()).isEqualTo(parent == null ? null : path(parent));
        assertThat(path(text).getFileName()).isEqualTo(name == null ? null : path(name));
        assertThat(path(text).getNameCount()).isEqualTo(count);
    }

    @ParameterizedTest
    @CsvSource({"/a/./b/../c, /a/c", "/.., /", "a/.., ''", "../a, ../a", "a/../../b, ../b", "/a/../../b, /b"})
    void normalizingTakesAwayWhatLeadsNowhere(String text, String normal) {
        assertThat(path(text).normalize()).hasToString(normal);
    }

    @ParameterizedTest
    @CsvSource({"/a/b, /a/c/d, ../c/d", "/a, /a, ''", "'', a/b, a/b", "a/b, '', ../..", "/, /x, x"})
    void relativizingIsResolvingBackwards(String from, String to, String between) {
        assertThat(path(from).relativize(path(to))).hasToString(between);
        assertThat(path(from).resolve(path(between)).normalize()).isEqualTo(path(to).normalize());
    }

    @Test
    void pathsBeginAndEndWithWholeNames() {
        assertThat(path("/home/one").startsWith(path("/home"))).isTrue();
        assertThat(path("/home/one").startsWith(path("/ho"))).isFalse();
        assertThat(path("/home/one").startsWith(path("home"))).isFalse();
        assertThat(path("/home/one").endsWith(path("one"))).isTrue();
        assertThat(path("/home/one").endsWith(path("ne"))).isFalse();
        assertThat(path("/home/one").endsWith(path("/one"))).isFalse();
        assertThat(path("/home/one").subpath(1, 2)).hasToString("one");
        assertThat(path("/home").compareTo(path("/tmp"))).isNegative();
    }

    @Test
    void aUriLeadsThereAndBack() {
        Path odd = path("/home/a b\nü#?");

        assertThat(path("/home/one").toUri()).hasToString("fos:///home/one");
        assertThat((Object) files.provider().getPath(odd.toUri())).isEqualTo(odd);
        assertThat(files.provider().getFileSystem(URI.create("fos:///"))).isSameAs(files);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> files.provider().getPath(URI.create("fos://elsewhere/home")));
    }

    @Test
    void aPathWithoutSenseIsInvalid() {
        assertThatExceptionOfType(InvalidPathException.class).isThrownBy(() -> path("/a\0b"));
    }

    @ParameterizedTest
    @CsvSource({
        "glob:*.java, A.java, true",
        "glob:*.java, a/A.java, false",
        "glob:**.java, a/A.java, true",
        "glob:?[a-c], xb, true",
        "glob:[!a]*, ab, false",
        "glob:[]]x, ]x, true",
        "glob:a\\*, a*, true",
        "glob:a\\*, ab, false",
        "'glob:{a,b*}', bc, true",
        "'glob:a,b', 'a,b', true",
        "glob:a.b, axb, false",
        "regex:a.b, axb, true"
    })
    void globsMatchAsJavaNioSays(String pattern, String text, boolean matches) {
        assertThat(files.getPathMatcher(pattern).matches(path(text))).isEqualTo(matches);
    }
}
