package org.factoredos.lib.nio;

import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The attributes of one file, which can be read but not set. */
record FosAttributeView(FosPath path, String name) implements PosixFileAttributeView {
    @Override
    public FosAttributes readAttributes() throws IOException {
        return path.getFileSystem().provider().attributes(path);
    }

    @Override
    public UserPrincipal getOwner() throws IOException {
        return readAttributes().owner();
    }

    @Override
    public void setTimes(
            @Nullable FileTime lastModifiedTime, @Nullable FileTime lastAccessTime, @Nullable FileTime createTime) {
        if (lastModifiedTime != null || lastAccessTime != null || createTime != null) {
            throw unsupported("times");
        }
    }

    @Override
    public void setPermissions(Set<PosixFilePermission> perms) {
        throw unsupported("permissions");
    }

    @Override
    public void setOwner(UserPrincipal owner) {
        throw unsupported("owners");
    }

    @Override
    public void setGroup(GroupPrincipal group) {
        throw unsupported("groups");
    }

    static UnsupportedOperationException unsupported(String what) {
        return new UnsupportedOperationException("fos cannot set files' " + what + " yet");
    }
}
