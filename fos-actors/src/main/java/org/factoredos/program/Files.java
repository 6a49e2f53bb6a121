package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.lib.Fos;
import org.factoredos.lib.OpenFile;

/** {@code touch}, {@code stat} and {@code sync}: one system call for each file. */
final class Files {
    static final Command TOUCH = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "touch",
                    "FILE...",
                    "makes empty files where there are none; leaves others as they are",
                    "touch /home/todo"),
            (fos, arguments) -> each(fos, Files.TOUCH, arguments, Files::touch));

    static final Command STAT = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "stat",
                    "PATH...",
                    "prints kind, size, time and identity of files and directories",
                    "stat /etc/motd"),
            (fos, arguments) -> each(fos, Files.STAT, arguments, Files::stat));

    static final Command SYNC = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "sync",
                    "FILE...",
                    "returns when all that was written to the files would survive a loss of power",
                    "sync /home/report"),
            (fos, arguments) -> each(fos, Files.SYNC, arguments, Files::sync));

    private interface Step {
        void run(Fos fos, String path) throws IOException;
    }

    private Files() {}

    private static int each(Fos fos, Command command, List<String> arguments, Step step) throws IOException {
        Failures failures = new Failures(fos);
        for (String path : Options.of(command.usage(), "", arguments).operands(1, Integer.MAX_VALUE)) {
            failures.attempt(() -> step.run(fos, path));
        }
        return failures.status();
    }

    private static void touch(Fos fos, String path) throws IOException {
        fos.open(path, OpenMode.CREATE).close();
    }

    private static void stat(Fos fos, String path) throws IOException {
        Status status = fos.stat(path);
        FileId id = status.id();
        Text.print(
                fos,
                "  File: " + path + "\n  Kind: " + (status.kind() == Kind.DIRECTORY ? "directory" : "file")
                        + "\n  Size: " + status.sizeBytes() + " bytes\nModify: " + Ls.time(status) + " UTC\n    Id: "
                        + id.volume() + "#" + id.number() + "\n");
    }

    private static void sync(Fos fos, String path) throws IOException {
        try (OpenFile file = fos.open(path, OpenMode.EXISTING)) {
            file.sync();
        }
    }
}
