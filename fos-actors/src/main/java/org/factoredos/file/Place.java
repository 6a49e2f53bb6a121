package org.factoredos.file;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.factoredos.server.Reserved;
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
    /** Where everybody may leave something. */
    static final String COMMON = "/tmp";

    /** What {@link FileProtocol.FileId#volume} says of the host's files, which no owner knows. */
    static final String HOST = "host";

    static final String HOST_PATH = "/host";
    /** Slice 0 has the first, slice 1 the second, and so on. */
    static final List<String> VOLUMES = List.of(ROOT, "/home", "/tmp", "/srv");

    /** Names in the root volume at which something else hangs, also where it is switched off. */
    static final List<String> MOUNT_POINTS = List.of("home", "tmp", "srv", "host", "proc", "dev");

    /** At which no owner's volume hangs. */
    private static final List<String> OF_OTHERS = List.of(HOST_PATH, SystemPath.PROC, SystemPath.DEV);

    private static final int LONGEST_NAME_BYTES = 255;
    static final int LONGEST_PATH_BYTES = 4096;
    private static final char MADE = '@';

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
            if (bytes(part) > LONGEST_NAME_BYTES) {
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

    /** The same in a volume that somebody has made, which the path goes through. */
    static Place in(String volume, String path) {
        String mount = mount(volume);
        return lies(path, mount) ? new Place(volume, parts(path.substring(mount.length()))) : of(path);
    }

    /**
     * The slice of a volume; -1 where there can be no such volume. Who makes one says in which slice, and its name says it
     * ever after: {@code /srv/data@2}.
     */
    static int slice(String volume) {
        int known = VOLUMES.indexOf(volume);
        if (known >= 0) {
            return known;
        }
        int at = volume.lastIndexOf(MADE);
        int slice = at > 0 && volume.length() == at + 2 ? volume.charAt(at + 1) - '0' : -1;
        return slice < Reserved.FILE_SLICES ? slice : -1;
    }

    /** The name of a volume that is made in that slice. */
    static String made(String path, int slice) {
        return path + MADE + slice;
    }

    /** Where a volume hangs. */
    static String mount(String volume) {
        return VOLUMES.contains(volume) ? volume : volume.substring(0, volume.lastIndexOf(MADE));
    }

    /** What a path that a link has led to says, by the text alone: without {@code .} and {@code ..}. */
    static String normal(String path) {
        Deque<String> normal = new ArrayDeque<>();
        for (String part : path.split("/", -1)) {
            switch (part) {
                case "", "." -> {}
                case ".." -> normal.pollLast();
                default -> normal.addLast(part);
            }
        }
        return "/" + String.join("/", normal);
    }

    static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    boolean root() {
        return parts.isEmpty();
    }

    /** Whether what hangs at a mount point was made by somebody: a volume that is called so. */
    static boolean isMade(String target) {
        return !VOLUMES.contains(target) && !OF_OTHERS.contains(target);
    }

    static boolean lies(String path, String mount) {
        return path.startsWith(mount) && (path.length() == mount.length() || path.charAt(mount.length()) == '/');
    }

    private static List<String> parts(String path) {
        return path.length() <= 1 ? List.of() : List.of(path.substring(1).split("/", -1));
    }
}
