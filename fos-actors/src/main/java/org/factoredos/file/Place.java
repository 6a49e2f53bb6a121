package org.factoredos.file;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a path leads: a volume, and the names on the way from its root.
 *
 * <p>As in AFS a volume hangs at one place of the tree, and each lies whole in one slice, so that what happens inside it
 * is one owner's decision.
 *
 * @param parts empty for the volume's root
 */
record Place(String volume, List<String> parts) {
    static final String ROOT = "/";
    /** What {@link FileProtocol.FileId#volume} says of the host's files, which no owner knows. */
    static final String HOST = "host";

    static final String HOST_PATH = "/host";
    /** Slice 0 has the first, slice 1 the second, and so on. */
    static final List<String> VOLUMES = List.of(ROOT, "/home", "/tmp", "/srv");

    /** Names in the root volume at which something else hangs, also where it is switched off. */
    static final List<String> MOUNT_POINTS = List.of("home", "tmp", "srv", "host");

    private static final int LONGEST_NAME_BYTES = 255;
    private static final int LONGEST_PATH_BYTES = 4096;

    Place {
        parts = List.copyOf(parts);
    }

    /** Why {@code path} is none; null where it is one. */
    static @Nullable FileError problem(String path) {
        if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
            return FileError.EINVAL;
        }
        if (path.length() > LONGEST_PATH_BYTES) {
            return FileError.ENAMETOOLONG;
        }
        for (String part : path.length() == 1
                ? List.<String>of()
                : List.of(path.substring(1).split("/", -1))) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                return FileError.EINVAL;
            }
            if (part.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME_BYTES) {
                return FileError.ENAMETOOLONG;
            }
        }
        return null;
    }

    static Place of(String path) {
        for (String volume : VOLUMES.subList(1, VOLUMES.size())) {
            if (lies(path, volume)) {
                return new Place(volume, parts(path.substring(volume.length())));
            }
        }
        return new Place(ROOT, parts(path));
    }

    static boolean onHost(String path) {
        return lies(path, HOST_PATH);
    }

    /** The slice of a volume; -1 where there is no such volume. */
    static int slice(String volume) {
        return VOLUMES.indexOf(volume);
    }

    boolean root() {
        return parts.isEmpty();
    }

    private static boolean lies(String path, String mount) {
        return path.startsWith(mount) && (path.length() == mount.length() || path.charAt(mount.length()) == '/');
    }

    private static List<String> parts(String path) {
        return path.length() <= 1 ? List.of() : List.of(path.substring(1).split("/", -1));
    }
}
