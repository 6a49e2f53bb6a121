package org.factoredos.lib.nio;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.factoredos.lib.Fos;
import org.jspecify.annotations.Nullable;

/**
 * The tree of files as one process sees it: {@code fos:///}, and relative paths from its working directory on.
 *
 * <p>All that is done with it becomes a system call of that process, by its own thread or one that it has started; like the
 * default file system it cannot be closed. What fos does not have is refused with
 * {@link UnsupportedOperationException}: links, times and permissions that can be set, maps, watches.
 */
public final class FosFileSystem extends FileSystem {
    /**
     * That of the process which a thread belongs to: its own thread, and those which were started by such. Weak, as threads that a
     * process starts without knowing, those of a pool that it shares, outlive it.
     */
    private static final InheritableThreadLocal<@Nullable WeakReference<FosFileSystem>> CURRENT =
            new InheritableThreadLocal<>();

    private final Fos fos;

    private FosFileSystem(Fos fos) {
        this.fos = fos;
    }

    /** That of a process; always the same to the process itself. */
    @SuppressWarnings("ReferenceEquality") // A process has one.
    public static FosFileSystem of(Fos fos) {
        @Nullable FosFileSystem known = known();
        return known != null && known.fos == fos ? known : new FosFileSystem(fos);
    }

    /** Makes this the thread's own, as its process begins; whoever keeps it, keeps it so. */
    public static FosFileSystem enter(Fos fos) {
        FosFileSystem system = new FosFileSystem(fos);
        CURRENT.set(new WeakReference<>(system));
        return system;
    }

    /** @throws IllegalStateException for a thread that belongs to no process */
    static FosFileSystem current() {
        @Nullable FosFileSystem known = known();
        if (known == null) {
            throw new IllegalStateException("fos:/// is for the threads of a process of fos, and this one is of none");
        }
        return known;
    }

    private static @Nullable FosFileSystem known() {
        @Nullable WeakReference<FosFileSystem> current = CURRENT.get();
        return current == null ? null : current.get();
    }

    Fos fos() {
        return fos;
    }

    @Override
    public FosFileSystemProvider provider() {
        return FosFileSystemProvider.ONLY;
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("it ends with its process");
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public String getSeparator() {
        return "/";
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return List.of(getPath("/"));
    }

    /** None: nothing tells how much the block drivers' disks hold. */
    @Override
    public Iterable<FileStore> getFileStores() {
        return List.of();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return FosAttributes.VIEWS;
    }

    @Override
    public FosPath getPath(String first, String... more) {
        StringBuilder joined = new StringBuilder(first);
        for (String part : more) {
            if (!part.isEmpty()) {
                joined.append(joined.isEmpty() ? "" : "/").append(part);
            }
        }
        return FosPath.of(this, joined.toString());
    }

    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
        int colon = syntaxAndPattern.indexOf(':');
        String pattern = syntaxAndPattern.substring(colon + 1);
        Pattern regex = Pattern.compile(
                switch (colon < 0 ? "" : syntaxAndPattern.substring(0, colon)) {
                    case "glob" -> Globs.regex(pattern);
                    case "regex" -> pattern;
                    case "" ->
                        throw new IllegalArgumentException(
                                "'" + syntaxAndPattern + "' lacks what it is: glob: or regex:");
                    default ->
                        throw new UnsupportedOperationException("'" + syntaxAndPattern + "' is no glob: and no regex:");
                },
                Pattern.DOTALL);
        return path -> regex.matcher(path.toString()).matches();
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        return new UserPrincipalLookupService() {
            // Any text may be a domain's name; whether one is nobody is asked.
            @Override
            public UserPrincipal lookupPrincipalByName(String name) {
                return new FosAttributes.Domain(name);
            }

            @Override
            public GroupPrincipal lookupPrincipalByGroupName(String group) throws IOException {
                if (group.equals(FosAttributes.EVERYBODY.getName())) {
                    return FosAttributes.EVERYBODY;
                }
                throw new UserPrincipalNotFoundException(group);
            }
        };
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException("fos tells nobody of changes of its files");
    }
}
