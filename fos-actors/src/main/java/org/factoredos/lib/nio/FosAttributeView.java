package org.factoredos.lib.nio;

import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.Set;
import org.factoredos.file.FileMode;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.jspecify.annotations.Nullable;

/** The attributes of one file; whether a symbolic link's own is for {@code follow} to say. */
record FosAttributeView(FosPath path, String name, boolean follow) implements PosixFileAttributeView {
    @Override
    public FosAttributes readAttributes() throws IOException {
        return path.getFileSystem().provider().attributes(path, follow);
    }

    @Override
    public UserPrincipal getOwner() throws IOException {
        return readAttributes().owner();
    }

    /** When a file was made nobody keeps, so that is not set. */
    @Override
    public void setTimes(
            @Nullable FileTime lastModifiedTime, @Nullable FileTime lastAccessTime, @Nullable FileTime createTime)
            throws IOException {
        if (lastModifiedTime != null || lastAccessTime != null) {
            set(NewAttributes.ofTimes(
                    lastModifiedTime == null ? null : lastModifiedTime.toMillis(),
                    lastAccessTime == null ? null : lastAccessTime.toMillis()));
        }
    }

    @Override
    public void setPermissions(Set<PosixFilePermission> permissions) throws IOException {
        int sticky = readAttributes().status().attributes().mode() & FileMode.STICKY;
        set(NewAttributes.ofMode(FosAttributes.mode(permissions) | sticky));
    }

    @Override
    public void setOwner(UserPrincipal owner) throws IOException {
        set(NewAttributes.ofOwner(owner.getName()));
    }

    @Override
    public void setGroup(GroupPrincipal group) {
        throw unsupported("groups");
    }

    private void set(NewAttributes attributes) throws IOException {
        String text = path.toAbsolutePath().toString();
        FileErrors.done(path, () -> path.getFileSystem().fos().setAttributes(text, follow, attributes));
    }

    /** As {@link java.nio.file.Files#setAttribute} has it, without the view's name. */
    void set(String attribute, Object value) throws IOException {
        switch (attribute) {
            case "lastModifiedTime" -> setTimes((FileTime) value, null, null);
            case "lastAccessTime" -> setTimes(null, (FileTime) value, null);
            case "creationTime" -> setTimes(null, null, (FileTime) value);
            case "owner" -> setOwner((UserPrincipal) value);
            case "permissions" -> setPermissions(permissions(value));
            case "group" -> throw unsupported("groups");
            default -> throw new IllegalArgumentException("'" + attribute + "' is nothing that can be set");
        }
    }

    private static Set<PosixFilePermission> permissions(Object value) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        for (Object permission : (Set<?>) value) {
            permissions.add((PosixFilePermission) permission);
        }
        return permissions;
    }

    static UnsupportedOperationException unsupported(String what) {
        return new UnsupportedOperationException("fos cannot set files' " + what);
    }
}
