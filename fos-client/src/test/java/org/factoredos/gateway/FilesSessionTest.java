package org.factoredos.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClientFactory;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a whole node from outside, over real connections. */
class FilesSessionTest {
    @TempDir
    Path folder;

    private OpenNode node;

    @BeforeEach
    void open() throws Exception {
        node = new OpenNode(Files.createDirectory(folder.resolve("node")));
    }

    @AfterEach
    void close() throws Exception {
        node.close();
    }

    private static SftpClient sftp(ClientSession session) throws IOException {
        return SftpClientFactory.instance().createSftpClient(session);
    }

    private static byte[] noise(int length) {
        byte[] data = new byte[length];
        new Random(length).nextBytes(data);
        return data;
    }

    // OpenSSH's client

    private record Said(int status, String text) {}

    private Said sftp(String... commands) throws Exception {
        Path batch = Files.write(folder.resolve("batch"), List.of(commands));
        Process process = new ProcessBuilder(
                        "sftp",
                        "-q",
                        "-P",
                        Integer.toString(node.port()),
                        "-i",
                        node.keyFile().toString(),
                        "-o",
                        "StrictHostKeyChecking=no",
                        "-o",
                        "UserKnownHostsFile=/dev/null",
                        "-o",
                        "LogLevel=ERROR",
                        "-b",
                        batch.toString(),
                        "tester@127.0.0.1")
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Said(process.waitFor(), text);
    }

    @Test
    void openSshPutsListsRenamesGetsAndRemoves() throws Exception {
        byte[] data = noise(1_000_003);
        Path here = Files.write(folder.resolve("here"), data);
        Path back = folder.resolve("back");

        Said said = sftp(
                "pwd",
                "mkdir d",
                "put " + here + " d/one",
                "ls -l d",
                "rename d/one d/two",
                "get d/two " + back,
                "rm d/two",
                "rmdir d",
                "ls");

        assertThat(said.status()).as(said.text()).isZero();
        assertThat(said.text())
                .contains("Remote working directory: /home\n")
                .containsPattern("-rw-r--r-- .* 1000003 .* d/one\n|-rw-r--r-- .* 1000003 .* one\n");
        assertThat(back).hasBinaryContent(data);
        assertThat(node.shell("ls /home")).isEmpty();
    }

    @Test
    void openSshLinksAndSetsModesAndTimes() throws Exception {
        Path here = Files.write(folder.resolve("here"), noise(1000));
        Files.setLastModifiedTime(here, FileTime.fromMillis(1_000_000_000_000L));

        Said said = sftp(
                "put -p " + here + " one",
                "ln -s one soft",
                "ln one hard",
                "chmod 640 one",
                "ls -l",
                "get soft " + here);

        assertThat(said.status()).as(said.text()).isZero();
        assertThat(said.text()).containsPattern("lrwxrwxrwx .* soft").containsPattern("-rw------- .* hard");
        assertThat(here).hasBinaryContent(noise(1000));
        assertThat(node.shell("ls -l /home")).startsWith("""
                        -rw------- 2 operator 1000 2001-09-09 01:46 hard
                        -rw------- 2 operator 1000 2001-09-09 01:46 one
                        """).endsWith(" soft -> one\n");
        assertThat(node.shell("readlink /home/soft")).isEqualTo("one\n");
    }

    @Test
    void openSshHearsWhatIsNotThere() throws Exception {
        Said said = sftp("-get lost", "-chmod 600 lost", "-rmdir /home", "put " + node.keyFile() + " /nowhere/x");

        assertThat(said.status()).isEqualTo(1);
        assertThat(said.text()).contains("\"/home/lost\" not found", "No such file or directory");
    }

    // Its own client

    @Test
    void aLargeFileAndAPieceOutOfItsMiddleAreAsTheyWereWritten() throws Exception {
        byte[] data = noise(5_000_001);
        try (ClientSession session = node.session();
                SftpClient sftp = sftp(session)) {
            try (OutputStream out = sftp.write("/home/large")) {
                out.write(data);
            }
            try (InputStream in = sftp.read("/home/large")) {
                assertThat(in.readAllBytes()).isEqualTo(data);
            }
            try (SftpClient.CloseableHandle handle = sftp.open("/home/large")) {
                byte[] piece = new byte[1000];
                assertThat(sftp.read(handle, 4_999_500, piece)).isEqualTo(501);
                assertThat(Arrays.copyOf(piece, 501)).isEqualTo(Arrays.copyOfRange(data, 4_999_500, 5_000_001));
                assertThat(sftp.read(handle, 5_000_001, piece)).isEqualTo(-1);
            }
        }
    }

    @Test
    void aSizeThatIsSetIsTheFilesAlsoWhereItGrows() throws Exception {
        try (ClientSession session = node.session();
                SftpClient files = sftp(session);
                SftpClient.CloseableHandle file =
                        files.open("/tmp/sized", SftpClient.OpenMode.Write, SftpClient.OpenMode.Create)) {
            files.write(file, 0, new byte[] {1, 2, 3});
            for (long size : List.of(100_000L, 2L)) {
                files.setStat("/tmp/sized", new SftpClient.Attributes().size(size));
                assertThat(files.stat("/tmp/sized").getSize()).isEqualTo(size);
                files.setStat(file, new SftpClient.Attributes().size(size + 1));
                assertThat(files.stat("/tmp/sized").getSize()).isEqualTo(size + 1);
            }
        }
    }

    @Test
    void aLongDirectoryIsListedWhole() throws Exception {
        try (ClientSession session = node.session();
                SftpClient sftp = sftp(session)) {
            node.shell("for i in $(seq 1 300); do echo $i > /tmp/file$i; done");

            List<String> names = new ArrayList<>();
            sftp.readDir("/tmp").forEach(entry -> names.add(entry.getFilename()));

            assertThat(names)
                    .containsExactlyInAnyOrderElementsOf(Stream.concat(
                                    Stream.of(".", ".."),
                                    IntStream.rangeClosed(1, 300).mapToObj(i -> "file" + i))
                            .toList());
        }
    }

    @Test
    void whatIsRefusedIsToldInASentence() throws Exception {
        try (ClientSession session = node.session();
                SftpClient sftp = sftp(session)) {
            sftp.mkdir("/home/d");
            sftp.mkdir("/home/d/e");

            refused(() -> sftp.stat("/home/lost"), SftpConstants.SSH_FX_NO_SUCH_FILE, "/home/lost: no such file");
            refused(() -> sftp.rmdir("/home/d"), SftpConstants.SSH_FX_DIR_NOT_EMPTY, "the directory is not empty");
            refused(() -> sftp.mkdir("/home/d"), SftpConstants.SSH_FX_FILE_ALREADY_EXISTS, "it exists already");
            refused(() -> sftp.rename("/home/d", "/tmp/d"), SftpConstants.SSH_FX_DIR_NOT_EMPTY, "not empty");
        }
    }

    private interface Request {
        void make() throws IOException;
    }

    private static void refused(Request request, int status, String sentence) {
        assertThatIOException()
                .isThrownBy(request::make)
                .withMessageContaining(sentence)
                .isInstanceOfSatisfying(
                        SftpException.class, e -> assertThat(e.getStatus()).isEqualTo(status));
    }

    // The process

    @Test
    void whoeverKillsTheProcessEndsTheSession() throws Exception {
        try (ClientSession session = node.session();
                SftpClient sftp = sftp(session)) {
            assertThat(sftp.stat("/home").isDirectory()).isTrue();
            assertThat(node.processes("sftp \\d+")).hasSize(1);

            node.shell("kill " + node.processes("sftp \\d+").getFirst());

            await().atMost(OpenNode.PATIENCE).until(() -> !sftp.isOpen());
        }
    }

    @Test
    void aSessionThatEndsFreesItsTileHoweverItEnds() throws Exception {
        try (ClientSession session = node.session()) {
            SftpClient closed = sftp(session);
            sftp(session);
            assertThat(node.processes("sftp \\d+")).hasSize(2);
            closed.close();
            await("one was closed")
                    .atMost(OpenNode.PATIENCE)
                    .until(() -> node.processes("sftp \\d+").size() == 1);
        }
        await("the connection was cut").atMost(OpenNode.PATIENCE).until(() -> !node.running("sftp \\d+"));
    }

    @Test
    void nobodyStartsASessionByHand() throws Exception {
        try (ClientSession session = node.session()) {
            assertThatIOException().isThrownBy(() -> session.executeRemoteCommand("sftp 1"));
        }
    }
}
