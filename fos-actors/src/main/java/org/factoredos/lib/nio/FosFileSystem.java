package org.factoredos.lib.nio;

import java.io.IOException;
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

/**
 * The tree of files as one process sees it: {@code fos:///}, and relative paths from its working directory on.
 *
 * <p>All that is done with it becomes a system call of that process. So it is for the process's own thread alone, as its
 * {@link Fos} is, and like the default file system it cannot be closed. What fos does not have is refused with
 * {@link UnsupportedOperationException}: links, times and permissions that can be set, maps, watches.
 */
public final class FosFileSystem extends FileSystem {
    private final Fos fos;
    private final FosFileSystemProvider provider = new FosFileSystemProvider(this);

    private FosFileSystem(Fos fos) {
        this.fos = fos;
    }

    public static FosFileSystem of(Fos fos) {
        return new FosFileSystem(fos);
    }

    Fos fos() {
        return fos;
    }

    @Override
    public FosFileSystemProvider provider() {
        return provider;
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
