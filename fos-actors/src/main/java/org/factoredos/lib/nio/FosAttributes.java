package org.factoredos.lib.nio;

import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.factoredos.file.FileMode;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.Status;

/** What is known of a file. Nothing tells when it was made, so that is when it was modified; a domain has no groups. */
public record FosAttributes(Status status) implements PosixFileAttributes {
    static final Set<String> VIEWS = Set.of("basic", "owner", "posix");

    /** A protection domain (§3.1.2) as the owner of files. */
    record Domain(String getName) implements UserPrincipal {
        @Override
        public String toString() {
            return getName;
        }
    }

    private record Everybody(String getName) implements GroupPrincipal {
        @Override
        public String toString() {
            return getName;
        }
    }

    static final GroupPrincipal EVERYBODY = new Everybody("fos");

    /** From the lowest bit of a {@link FileMode} up. */
    private static final List<PosixFilePermission> BITS = List.of(
            PosixFilePermission.OTHERS_EXECUTE,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.OWNER_EXECUTE,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_READ);

    /** What {@link FileMode} makes of the permissions; java.nio knows no sticky bit. */
    static int mode(Set<PosixFilePermission> permissions) {
        int mode = 0;
        for (PosixFilePermission permission : permissions) {
            mode |= 1 << BITS.indexOf(permission);
        }
        return FileMode.of(mode);
    }

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
        return FileTime.fromMillis(status.attributes().accessedMillis());
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
        return status.kind() == Kind.SYMBOLIC_LINK;
    }

    @Override
    public boolean isOther() {
        return status.kind() == Kind.DEVICE;
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
        return new Domain(status.attributes().owner());
    }

    @Override
    public GroupPrincipal group() {
        return EVERYBODY;
    }

    @Override
    public Set<PosixFilePermission> permissions() {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        for (PosixFilePermission permission : BITS) {
            if ((status.attributes().mode() & (1 << BITS.indexOf(permission))) != 0) {
                permissions.add(permission);
            }
        }
        return permissions;
    }
}
