package org.factoredos.driver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;
import org.factoredos.file.FileProtocol.Attributes;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.factoredos.file.FileProtocol.Status;
import org.jspecify.annotations.Nullable;

/** A host's attributes of files as fos has them. The owner is the host's user, which no domain is. */
final class HostAttributes {
    /** From the lowest bit up. */
    private static final PosixFilePermission[] BITS = {
        PosixFilePermission.OTHERS_EXECUTE,
        PosixFilePermission.OTHERS_WRITE,
        PosixFilePermission.OTHERS_READ,
        PosixFilePermission.GROUP_EXECUTE,
        PosixFilePermission.GROUP_WRITE,
        PosixFilePermission.GROUP_READ,
        PosixFilePermission.OWNER_EXECUTE,
        PosixFilePermission.OWNER_WRITE,
        PosixFilePermission.OWNER_READ
    };

    private HostAttributes() {}

    static Status status(Path path, FileId id, LinkOption... options) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class, options);
        PosixFileAttributes posix = view == null ? null : view.readAttributes();
        BasicFileAttributes attributes =
                posix == null ? Files.readAttributes(path, BasicFileAttributes.class, options) : posix;
        Kind kind = attributes.isSymbolicLink()
                ? Kind.SYMBOLIC_LINK
                : attributes.isDirectory() ? Kind.DIRECTORY : Kind.FILE;
        long modified = attributes.lastModifiedTime().toMillis();
        long size = kind == Kind.DIRECTORY ? 0 : attributes.size();
        return new Status(
                id,
                kind,
                size,
                modified,
                new Attributes(
                        posix == null ? "host" : posix.owner().getName(),
                        posix == null ? 0666 : mode(posix.permissions()),
                        1,
                        size,
                        modified,
                        attributes.lastAccessTime().toMillis()));
    }

    static int mode(Set<PosixFilePermission> permissions) {
        int mode = 0;
        for (int bit = 0; bit < BITS.length; bit++) {
            mode |= permissions.contains(BITS[bit]) ? 1 << bit : 0;
        }
        return mode;
    }

    static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        for (int bit = 0; bit < BITS.length; bit++) {
            if ((mode & (1 << bit)) != 0) {
                permissions.add(BITS[bit]);
            }
        }
        return permissions;
    }

    /** All but the owner, who is none of fos. */
    static void set(Path path, NewAttributes attributes, LinkOption... options) throws IOException {
        Integer mode = attributes.mode();
        if (mode != null) {
            Files.setPosixFilePermissions(path, permissions(mode));
        }
        Long modified = attributes.modifiedMillis();
        Long accessed = attributes.accessedMillis();
        if (modified != null || accessed != null) {
            Files.getFileAttributeView(path, BasicFileAttributeView.class, options)
                    .setTimes(time(modified), time(accessed), null);
        }
    }

    private static @Nullable FileTime time(@Nullable Long millis) {
        return millis == null ? null : FileTime.fromMillis(millis);
    }
}
