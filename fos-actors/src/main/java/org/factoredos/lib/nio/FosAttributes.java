package org.factoredos.lib.nio;

import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.Status;

/**
 * What is known of a file. Fos keeps one time, that of the last change, which stands for the others too; and until it has
 * privileges everybody may read and write everything, so that is what the permissions say.
 */
public record FosAttributes(Status status) implements PosixFileAttributes {
    static final Set<String> VIEWS = Set.of("basic", "owner", "posix");

    private static final Set<PosixFilePermission> OF_FILES = PosixFilePermissions.fromString("rw-rw-rw-");
    private static final Set<PosixFilePermission> OF_DIRECTORIES = PosixFilePermissions.fromString("rwxrwxrwx");

    private record Everybody(String getName) implements GroupPrincipal {
        @Override
        public String toString() {
            return getName;
        }
    }

    private static final Everybody EVERYBODY = new Everybody("fos");

    /** Those of a view by their names in java.nio: {@code basic}, {@code owner} or {@code posix}. */
    public Map<String, Object> named(String view) {
        Map<String, Object> all = new LinkedHashMap<>();
        if (!view.equals("owner")) {
            all.put("lastModifiedTime", lastModifiedTime());
            all.put("lastAccessTime", lastAccessTime());
            all.put("creationTime", creationTime());
            all.put("size", size());
            all.put("isRegularFile", isRegularFile());
            all.put("isDirectory", isDirectory());
            all.put("isSymbolicLink", isSymbolicLink());
            all.put("isOther", isOther());
            all.put("fileKey", fileKey());
        }
        if (!view.equals("basic")) {
            all.put("owner", owner());
        }
        if (view.equals("posix")) {
            all.put("group", group());
            all.put("permissions", permissions());
        }
        return all;
    }

    @Override
    public FileTime lastModifiedTime() {
        return FileTime.fromMillis(status.modifiedMillis());
    }

    @Override
    public FileTime lastAccessTime() {
        return lastModifiedTime();
    }

    @Override
    public FileTime creationTime() {
        return lastModifiedTime();
    }

    @Override
    public boolean isRegularFile() {
        return status.kind() == Kind.FILE;
    }

    @Override
    public boolean isDirectory() {
        return status.kind() == Kind.DIRECTORY;
    }

    @Override
    public boolean isSymbolicLink() {
        return false;
    }

    @Override
    public boolean isOther() {
        return false;
    }

    @Override
    public long size() {
        return status.sizeBytes();
    }

    @Override
    public FileId fileKey() {
        return status.id();
    }

    @Override
    public UserPrincipal owner() {
        return EVERYBODY;
    }

    @Override
    public GroupPrincipal group() {
        return EVERYBODY;
    }

    @Override
    public Set<PosixFilePermission> permissions() {
        return isDirectory() ? Set.copyOf(OF_DIRECTORIES) : Set.copyOf(OF_FILES);
    }
}
