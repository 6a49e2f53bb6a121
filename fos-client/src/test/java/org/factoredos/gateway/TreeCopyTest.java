package org.factoredos.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of copying, between two places of this machine. */
class TreeCopyTest {
    @TempDir
    Path folder;

    private final TreeCopy copy = new TreeCopy(new LocalTree(), new LocalTree());

    @BeforeEach
    void makeFiles() throws IOException {
        Files.writeString(folder.resolve("file"), "new");
        Files.writeString(folder.resolve("other"), "old");
        Files.createDirectories(folder.resolve("tree/sub/empty"));
        Files.writeString(folder.resolve("tree/sub/x"), "x");
        Files.createDirectory(folder.resolve("there"));
    }

    private List<String> copy(String source, String target) throws IOException {
        return copy.copy(folder + "/" + source, folder + "/" + target);
    }

    private List<String> all() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.map(path -> folder.relativize(path).toString()).toList();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "file, copy, copy",
        "file, there, there/file",
        "file, there/, there/file",
        "file, other, other",
        "tree/sub/x, ., x",
        "tree, copy, copy/sub/x",
        "tree, there, there/tree/sub/x",
        "tree/, there/, there/tree/sub/x",
        "tree/., there, there/sub/x",
        "tree/, copy/, copy/sub/x"
    })
    void itComesIntoADirectoryAndElseToTheVeryName(String source, String target, String made) throws IOException {
        assertThat(copy(source, target)).isEmpty();

        assertThat(folder.resolve(made)).hasContent(made.endsWith("x") ? "x" : "new");
        assertThat(copy.copiedBytes()).isEqualTo(made.endsWith("x") ? 1 : 3);
        assertThat(all()).noneMatch(path -> path.contains(".fos-cp-"));
    }

    @ParameterizedTest
    @CsvSource({
        "lost, copy, lost: no such file or directory",
        "file/, copy, file/: is no directory",
        "file, copy/, 'copy/: no such directory; make it first, or leave the slash away'",
        "file, lost/copy, no such file or directory",
        "tree, other, 'other: is no directory, so it cannot take'"
    })
    void whatMakesNoSenseIsToldInOneLine(String source, String target, String line) throws IOException {
        List<String> before = all();

        assertThatIOException().isThrownBy(() -> copy(source, target)).withMessageContaining(line);
        assertThat(all()).isEqualTo(before);
    }

    @Test
    void emptyDirectoriesComeAlongAndADirectoryIsMerged() throws IOException {
        Files.createDirectories(folder.resolve("there/tree/sub"));
        Files.writeString(folder.resolve("there/tree/sub/mine"), "mine");

        copy("tree", "there");

        assertThat(folder.resolve("there/tree/sub/empty")).isEmptyDirectory();
        assertThat(folder.resolve("there/tree/sub/mine")).hasContent("mine");
    }

    @Test
    void whatIsNeitherFileNorDirectoryIsLeftOutAndTold() throws IOException {
        Files.createSymbolicLink(folder.resolve("tree/broken"), Path.of("nowhere"));
        Files.createSymbolicLink(folder.resolve("tree/link"), Path.of("sub/x"));

        assertThat(copy("tree", "copy")).containsExactly(folder + "/tree/broken");
        assertThat(folder.resolve("copy/link")).isRegularFile().hasContent("x");
    }

    @Test
    void aDeviceTakesTheBytesAndStays() throws IOException {
        copy.copy(folder + "/file", "/dev/null");

        assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
    }

    private static final class BreakingInput extends InputStream {
        private int left = 10;

        @Override
        public int read() throws IOException {
            if (left-- == 0) {
                throw new IOException("broken");
            }
            return 0;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            buffer[offset] = (byte) read();
            return 1;
        }
    }

    /** Its files end too early, or at their close. */
    private record Breaking(FileTree real, boolean reading) implements FileTree {
        @Override
        public InputStream read(String path) throws IOException {
            return reading ? new BreakingInput() : real.read(path);
        }

        @Override
        public OutputStream write(String path) throws IOException {
            OutputStream out = real.write(path);
            return reading
                    ? out
                    : new OutputStream() {
                        @Override
                        public void write(int one) throws IOException {
                            out.write(one);
                        }

                        @Override
                        public void close() throws IOException {
                            out.close();
                            throw new IOException("broken");
                        }
                    };
        }

        @Override
        public Kind kind(String path) throws IOException {
            return real.kind(path);
        }

        @Override
        public List<Entry> list(String directory) throws IOException {
            return real.list(directory);
        }

        @Override
        public void makeDirectory(String path) throws IOException {
            real.makeDirectory(path);
        }

        @Override
        public void replace(String from, String to) throws IOException {
            real.replace(from, to);
        }

        @Override
        public void remove(String path) throws IOException {
            real.remove(path);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCopyThatBreaksOffLeavesTheOldFileAndNothingElse(boolean reading) throws IOException {
        List<String> before = all();
        FileTree breaking = new Breaking(new LocalTree(), reading);

        assertThatIOException()
                .isThrownBy(() -> new TreeCopy(breaking, breaking).copy(folder + "/file", folder + "/other"))
                .withMessage("broken");

        assertThat(folder.resolve("other")).hasContent("old");
        assertThat(all()).isEqualTo(before);
    }
}
