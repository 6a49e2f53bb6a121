package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.factoredos.file.FileMode;
import org.factoredos.file.FileProtocol.Attributes;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.lib.Fos;
import org.factoredos.lib.OpenFile;

/** {@code stat} and {@code sync}: one system call for each file. */
final class Files {
    static final Command STAT = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "stat",
                    "PATH...",
                    "prints what is known of files, directories and links",
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

    private static void stat(Fos fos, String path) throws IOException {
        Status status = fos.statLink(path);
        FileId id = status.id();
        Attributes attributes = status.attributes();
        Text.print(
                fos,
                "  File: " + path + "\n  Kind: " + kind(fos, path, status) + "\n  Size: " + status.sizeBytes()
                        + " bytes, of which chunks hold " + attributes.allocatedBytes() + "\n Owner: "
                        + attributes.owner() + "\n  Mode: " + FileMode.text(status.kind(), attributes.mode()) + " ("
                        + String.format(Locale.ROOT, "%04o", attributes.mode()) + ")\n Names: " + attributes.links()
                        + "\nModify: " + Ls.time(status) + " UTC\nChange: " + Ls.time(attributes.changedMillis())
                        + " UTC\nAccess: " + Ls.time(attributes.accessedMillis()) + " UTC\n    Id: "
                        + id.volume() + "#" + id.number() + "\n");
    }

    private static String kind(Fos fos, String path, Status status) throws IOException {
        return switch (status.kind()) {
            case FILE -> "file";
            case DEVICE -> "device";
            case DIRECTORY -> "directory";
            case SYMBOLIC_LINK -> "symbolic link to " + fos.readLink(path);
        };
    }

    private static void sync(Fos fos, String path) throws IOException {
        try (OpenFile file = fos.open(path, OpenMode.EXISTING)) {
            file.sync();
        }
    }
}
