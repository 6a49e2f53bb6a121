package org.factoredos.program;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.factoredos.file.FileProtocol;
import org.factoredos.file.FileProtocol.DiskStatus;
import org.factoredos.file.FileProtocol.DisksReported;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.Share;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.file.FileProtocol.VolumeStatus;
import org.factoredos.lib.Fos;

/** {@code df}, {@code du}, {@code mkvol} and {@code quota}: what files take, and where they may lie. */
final class Volumes {
    static final Command DF = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "df",
                    "[-h] [PATH...]",
                    "shows what volumes hold, and how full the disks are (-h: in K, M, G)",
                    "df -h"),
            Volumes::df);

    static final Command DU = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "du",
                    "[-h] [-s] [PATH...]",
                    "shows what directories take on disks, each file once (-s: the sum alone; -h: in K, M, G)",
                    "du -sh /home"),
            Volumes::du);

    static final Command MKVOL = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "mkvol",
                    "[-s SLICE] PATH",
                    "makes a volume that hangs at PATH (-s: in which slice; takes the right MOUNT)",
                    "mkvol /srv/data"),
            Volumes::make);

    static final Command QUOTA = new Command(
            new Usage(
                    Usage.Group.PROTECTION,
                    "quota",
                    "[DOMAIN VOLUME SIZE|none]",
                    "shows what domains take of volumes, or says how much one may, with all below it",
                    "quota alice /home 1G"),
            Volumes::quota);

    private static final String UNITS = "KMGT";

    private Volumes() {}

    private static int df(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(DF.usage(), "h", arguments);
        boolean human = options.has('h');
        List<VolumeStatus> volumes = new ArrayList<>();
        Failures failures = new Failures(fos);
        for (String path : options.operands()) {
            failures.attempt(() -> volumes.add(fos.volume(path)));
        }
        if (options.operands().isEmpty()) {
            volumes.addAll(fos.volumes());
        }
        Table table = new Table("VOLUME", "SLICE", "FILES", "USED");
        volumes.forEach(volume -> table.add(
                volume.path(),
                Integer.toString(volume.slice()),
                Long.toString(volume.files()),
                size(volume.usedBytes(), human)));
        table.print(fos);
        if (options.operands().isEmpty()) {
            disks(fos, human);
        }
        return failures.status();
    }

    /** Each chunk lies on several of them. */
    private static void disks(Fos fos, boolean human) throws IOException {
        DisksReported reported = fos.disks();
        Table table = new Table("DISK", "SIZE", "FREE");
        for (DiskStatus disk : reported.disks()) {
            table.add(disk.node().toString(), size(disk.totalBytes(), human), size(disk.freeBytes(), human));
        }
        reported.silent().forEach(node -> table.add(node.toString(), "?", "?"));
        Text.printLine(fos, "");
        table.print(fos);
    }

    private static int du(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(DU.usage(), "hs", arguments);
        Failures failures = new Failures(fos);
        Set<FileId> counted = new LinkedHashSet<>();
        List<String> paths = options.operands().isEmpty() ? List.of(".") : options.operands();
        for (String path : paths) {
            failures.attempt(() -> {
                long bytes = sum(fos, failures, options, path, fos.statLink(path), counted);
                Text.printLine(fos, size(bytes, options.has('h')) + "\t" + path);
            });
        }
        return failures.status();
    }

    private static long sum(
            Fos fos, Failures failures, Options options, String path, Status status, Set<FileId> counted)
            throws IOException {
        if (!counted.add(status.id())) {
            return 0;
        }
        long[] bytes = {status.attributes().allocatedBytes()};
        if (status.kind() != Kind.DIRECTORY) {
            return bytes[0];
        }
        for (Entry entry : fos.list(path)) {
            failures.attempt(() -> {
                String below = Paths.join(path, entry.name());
                long one = sum(fos, failures, options, below, entry.status(), counted);
                bytes[0] += one;
                if (entry.status().kind() == Kind.DIRECTORY && !options.has('s')) {
                    Text.printLine(fos, size(one, options.has('h')) + "\t" + below);
                }
            });
        }
        return bytes[0];
    }

    private static int make(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(MKVOL.usage(), "s:", arguments);
        String path = options.operands(1, 1).getFirst();
        Optional<String> slice = options.value('s');
        if (slice.isPresent() && !slice.get().matches("\\d")) {
            throw options.wrong("'" + slice.get() + "' is no slice");
        }
        fos.makeVolume(path, slice.map(Integer::parseInt).orElse(FileProtocol.ANY_SLICE));
        fos.stat(path); // Whoever goes there first begins it.
        return 0;
    }

    private static int quota(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(QUOTA.usage(), "", arguments);
        List<String> operands = options.operands(0, 3);
        if (operands.isEmpty()) {
            return quotas(fos);
        }
        String domain = options.operands(3, 3).getFirst();
        String limit = operands.get(2);
        fos.setQuota(operands.get(1), domain, limit.equals("none") ? FileProtocol.NO_LIMIT : bytes(options, limit));
        return 0;
    }

    private static int quotas(Fos fos) throws IOException {
        Table table = new Table("DOMAIN", "VOLUME", "USED", "LIMIT");
        for (VolumeStatus volume : fos.volumes()) {
            for (Share share : volume.shares()) {
                boolean limited = share.limitBytes() != FileProtocol.NO_LIMIT;
                table.add(
                        share.domain(),
                        volume.path(),
                        size(share.usedBytes(), true),
                        limited ? size(share.limitBytes(), true) : "none");
            }
        }
        table.print(fos);
        return 0;
    }

    /** Such as {@code 1500}, {@code 10M} or {@code 1G}. */
    static long bytes(Options options, String text) {
        int unit = text.isEmpty() ? -1 : UNITS.indexOf(Character.toUpperCase(text.charAt(text.length() - 1)));
        String digits = unit < 0 ? text : text.substring(0, text.length() - 1);
        if (!digits.matches("\\d{1,7}|\\d{1,18}") || (unit >= 0 && digits.length() > 6)) {
            throw options.wrong("'" + text + "' is no size, such as 1500, 10M or 1G");
        }
        return Long.parseLong(digits) << (10 * (unit + 1));
    }

    static String size(long bytes, boolean human) {
        if (!human || bytes < 1024) {
            return Long.toString(bytes);
        }
        int unit = 0;
        double size = bytes / 1024.0;
        while (size >= 1024 && unit + 1 < UNITS.length()) {
            size /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, size < 10 ? "%.1f%c" : "%.0f%c", size, UNITS.charAt(unit));
    }
}
