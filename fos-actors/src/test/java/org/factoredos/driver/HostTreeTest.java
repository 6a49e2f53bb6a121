package org.factoredos.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol;
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
import org.factoredos.file.FileProtocol.StatPath;
import org.factoredos.file.FileProtocol.SyncFile;
import org.factoredos.file.FileProtocol.TruncateFile;
import org.factoredos.file.FileProtocol.UnlinkFile;
import org.factoredos.file.FileProtocol.WriteFile;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("O6")
class HostTreeTest {
    @TempDir
    Path folder;

    private final HostDriver driver = new HostDriver();
    private HostTree tree;

    @BeforeEach
    void mount() {
        tree = new HostTree(folder, 1);
    }

    @AfterEach
    void unmount() {
        tree.close();
    }

    @Test
    void theHostsFilesAreReadAndWritten() throws Exception {
        Files.writeString(folder.resolve("a"), "hello");
        FileId file = open("/host/a", OpenMode.EXISTING);

        assertThat(call(new ReadFile(file, 1, 100))).isEqualTo(new FileRead(Bytes.utf8("ello")));
        assertThat(call(new WriteFile(file, 0, Bytes.utf8("J")))).isEqualTo(new FileWritten(1));
        assertThat(call(new AppendFile(file, Bytes.utf8("!")))).isEqualTo(new FileWritten(6));
        assertThat(call(new SyncFile(file))).isEqualTo(new Changed());
        assertThat(Files.readString(folder.resolve("a"))).isEqualTo("Jello!");
        call(new TruncateFile(file, 8));
        assertThat(Files.readString(folder.resolve("a"), StandardCharsets.UTF_8))
                .isEqualTo("Jello!\0\0");
    }

    @Test
    void theHostsDirectoriesAreListedAndChanged() throws Exception {
        assertThat(call(new MakeDirectory("/host/d"))).isEqualTo(new Changed());
        open("/host/d/b", OpenMode.CREATE);
        open("/host/d/a", OpenMode.CREATE_NEW);
        assertThat(((DirectoryListed) call(new ListDirectory("/host/d", "", 1))).entries())
                .extracting(Entry::name)
                .containsExactly("a");
        assertThat(((DirectoryListed) call(new ListDirectory("/host/d", "a", 5))).entries())
                .extracting(Entry::name)
                .containsExactly("b");
        assertThat(call(new RenamePath("/host/d/a", "/host/c"))).isEqualTo(new Changed());
        assertThat(call(new UnlinkFile("/host/d/b"))).isEqualTo(new Changed());
        assertThat(call(new RemoveDirectory("/host/d"))).isEqualTo(new Changed());
        assertThat(folder.resolve("c")).exists();
    }

    @Test
    void whatTheHostRefusesIsAnError() throws Exception {
        Files.createDirectories(folder.resolve("d/e"));
        Files.writeString(folder.resolve("f"), "");
        refused(FileError.ENOENT, new StatPath("/host/none"));
        refused(FileError.ENOENT, new OpenFile("/host/none", OpenMode.EXISTING));
        refused(FileError.EEXIST, new OpenFile("/host/f", OpenMode.CREATE_NEW));
        refused(FileError.EISDIR, new OpenFile("/host/d", OpenMode.CREATE));
        refused(FileError.ENOTEMPTY, new RemoveDirectory("/host/d"));
        refused(FileError.ENOTDIR, new RemoveDirectory("/host/f"));
        refused(FileError.ENOTDIR, new StatPath("/host/f/x"));
        refused(FileError.ENOTDIR, new ListDirectory("/host/f", "", 5));
        refused(FileError.EISDIR, new UnlinkFile("/host/d"));
        refused(FileError.EINVAL, new RenamePath("/host/d", "/host/d/e/f"));
        refused(FileError.EINVAL, new StatPath("/host/../etc"));
        refused(FileError.EBUSY, new RemoveDirectory("/host"));
        refused(FileError.ESTALE, new ReadFile(new FileId("host", 1), 0, 1));
    }

    private FileId open(String path, OpenMode mode) throws InterruptedException {
        Payload answer = call(new OpenFile(path, mode));
        assertThat(answer).isInstanceOf(FileOpened.class);
        return ((FileOpened) answer).status().id();
    }

    private void refused(FileError error, FileProtocol.Request<?> request) throws InterruptedException {
        assertThat(call(request)).as("%s", request).isEqualTo(new Refused(error));
    }

    private Payload call(FileProtocol.Request<?> request) throws InterruptedException {
        Effect.Device asked = DriverTesting.devices(driver.on(DriverTesting.request(1, 1, request), 0))
                .getFirst();
        BlockingQueue<Payload> answers = new ArrayBlockingQueue<>(1);
        tree.begin(asked.request(), answers::add);
        Payload answer = answers.poll(10, TimeUnit.SECONDS);
        assertThat(answer).isNotNull();
        return DriverTesting.replies(driver.on(asked.continuation(), new Response.Answered(answer), 0))
                .getFirst()
                .answer();
    }
}
