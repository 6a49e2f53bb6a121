package org.factoredos.file;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.kernel.ClientId;
import org.factoredos.placement.ProcessId;

/** Where a path in {@code /proc} or {@code /dev} leads; whether there is such a process is for the placement fleet to say. */
sealed interface SystemPath {
    String PROC = "/proc";
    String DEV = "/dev";
    List<String> TREES = List.of(PROC, DEV);
    /** What leads each process to what is said of itself. */
    String SELF = "self";

    long DIRECTORY = 1;
    long LINK = 2;

    /** One of the two trees itself. */
    record Tree(String path) implements SystemPath {}

    /** What is said of a process. */
    record ProcessDirectory(ProcessId process) implements SystemPath {}

    record Self(ProcessId process) implements SystemPath {}

    record Of(SystemFile file) implements SystemPath {}

    record OfProcess(ProcessId process, SystemFile file) implements SystemPath {}

    /**
     * Not there.
     *
     * @param free whether it is only a name that nothing has, in a directory that is there
     */
    record Nothing(FileError error, boolean free) implements SystemPath {}

    /**
     * For an asker.
     *
     * @param follow whether {@code /proc/self} at the path's end is followed
     */
    static SystemPath of(String path, ClientId asker, boolean follow) {
        List<String> parts = List.of(path.substring(1).split("/", -1));
        String tree = "/" + parts.getFirst();
        if (parts.size() == 1) {
            return new Tree(tree);
        }
        String name = parts.get(1);
        Optional<ProcessId> process = process(tree, name, asker);
        if (process.isEmpty()) {
            SystemPath found = named(file -> file.directory.equals(tree), name)
                    .<SystemPath>map(Of::new)
                    .orElse(new Nothing(FileError.ENOENT, parts.size() == 2));
            return parts.size() == 2 || found instanceof Nothing ? found : new Nothing(FileError.ENOTDIR, false);
        }
        if (parts.size() == 2) {
            return name.equals(SELF) && !follow ? new Self(process.get()) : new ProcessDirectory(process.get());
        }
        Optional<SystemFile> file = named(SystemFile::ofProcess, parts.get(2));
        if (parts.size() == 3 || file.isEmpty()) {
            return file.<SystemPath>map(of -> new OfProcess(process.get(), of))
                    .orElse(new Nothing(FileError.ENOENT, parts.size() == 3));
        }
        return new Nothing(FileError.ENOTDIR, false);
    }

    /** Whether it lies in one of the trees. */
    static boolean leadsTo(String path) {
        return TREES.stream().anyMatch(tree -> Place.lies(path, tree));
    }

    static boolean sameTree(String one, String other) {
        return TREES.stream().anyMatch(tree -> Place.lies(one, tree) && Place.lies(other, tree));
    }

    private static Optional<ProcessId> process(String tree, String name, ClientId asker) {
        if (!tree.equals(PROC)) {
            return Optional.empty();
        }
        // Another way to write a number is no name of the process.
        return name.equals(SELF)
                ? Optional.of(new ProcessId(asker))
                : ProcessId.parse(name).filter(process -> process.toString().equals(name));
    }

    private static Optional<SystemFile> named(Predicate<SystemFile> where, String name) {
        return Arrays.stream(SystemFile.values())
                .filter(file -> where.test(file) && file.text.equals(name))
                .findFirst();
    }

    private static SystemPath missing() {
        return new Nothing(FileError.ENOENT, false);
    }

    /** What an {@link #id} says. */
    static SystemPath of(FileId id, ClientId asker) {
        SystemPath directory = of(id.volume(), asker, true);
        if (id.number() == DIRECTORY) {
            return directory;
        }
        if (id.number() == LINK) {
            return directory.equals(new Tree(PROC)) ? new Self(new ProcessId(asker)) : missing();
        }
        return Arrays.stream(SystemFile.values())
                .filter(file -> file.number == id.number())
                .findFirst()
                .flatMap(file -> in(directory, file))
                .orElse(missing());
    }

    private static Optional<SystemPath> in(SystemPath directory, SystemFile file) {
        return switch (directory) {
            case Tree(var path) when path.equals(file.directory) -> Optional.of(new Of(file));
            case ProcessDirectory(var process) when file.ofProcess() -> Optional.of(new OfProcess(process, file));
            default -> Optional.empty();
        };
    }

    /** Its volume is the path of the directory. */
    static FileId id(SystemPath at) {
        return switch (at) {
            case Tree(var path) -> new FileId(path, DIRECTORY);
            case ProcessDirectory(var process) -> new FileId(path(process), DIRECTORY);
            case Self self -> new FileId(PROC, LINK);
            case Of(var file) -> new FileId(file.directory, file.number);
            case OfProcess(var process, var file) -> new FileId(path(process), file.number);
            case Nothing nothing -> throw new IllegalArgumentException("nothing has no number");
        };
    }

    private static String path(ProcessId process) {
        return PROC + "/" + process;
    }

    default boolean directory() {
        return this instanceof Tree || this instanceof ProcessDirectory;
    }

    /** Of which process it says something. */
    default Optional<ProcessId> subject() {
        return switch (this) {
            case ProcessDirectory(var process) -> Optional.of(process);
            case OfProcess(var process, var file) -> Optional.of(process);
            default -> Optional.empty();
        };
    }

    default Optional<SystemFile> found() {
        return switch (this) {
            case Of(var file) -> Optional.of(file);
            case OfProcess(var process, var file) -> Optional.of(file);
            default -> Optional.empty();
        };
    }
}
