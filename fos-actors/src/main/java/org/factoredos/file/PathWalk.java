package org.factoredos.file;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One asker's way along a path through one volume, following symbolic links.
 *
 * <p>It may lead out of the volume: to where another one hangs, or by a link. Then the asker's front is told where to, and
 * takes the request there. What still lies ahead is then a path like any that a client sends: {@code ..} in it counts by the
 * text. Inside the volume {@code ..} is the directory above, wherever a link has led.
 */
final class PathWalk {
    /** As POSIX's least {@code SYMLOOP_MAX} is 8, and most systems' 40. */
    static final int MOST_LINKS = 40;

    /**
     * Where a path leads.
     *
     * @param node null where the path's last name is free
     * @param error why it leads nowhere
     * @param elsewhere where it leads out of the volume
     */
    record End(
            @Nullable TreeNode parent,
            String name,
            @Nullable TreeNode node,
            @Nullable FileError error,
            @Nullable Elsewhere elsewhere) {
        static End nowhere(FileError error) {
            return new End(null, "", null, error, null);
        }

        /** Whether it ends in this volume, at something or at a free name. */
        boolean here() {
            return error == null && elsewhere == null;
        }
    }

    /**
     * The rest of the way.
     *
     * @param path the whole of it, from the root of all volumes
     * @param volume the one that hangs there; empty where the path's beginning says it
     * @param owner whose its root is
     */
    record Elsewhere(String path, String volume, String owner) {}

    private final VolumeTree tree;
    private final Asker asker;
    private final Deque<String> ahead = new ArrayDeque<>();
    /** The names of the directories from the volume's root to where it stands. */
    private final List<String> behind = new ArrayList<>();

    private TreeNode at;
    private int links;

    private PathWalk(VolumeTree tree, Asker asker, List<String> parts) {
        this.tree = tree;
        this.asker = asker;
        this.at = tree.present(VolumeTree.ROOT);
        ahead.addAll(parts);
    }

    /** @param follow whether a symbolic link at the path's end is followed */
    static End walk(VolumeTree tree, Asker asker, List<String> parts, boolean follow) {
        return new PathWalk(tree, asker, parts).end(follow);
    }

    private End end(boolean follow) {
        TreeNode parent = null;
        String name = "";
        while (!ahead.isEmpty()) {
            if (!at.directory()) {
                return End.nowhere(FileError.ENOTDIR);
            }
            if (!asker.may(at, FileMode.EXECUTE)) {
                return End.nowhere(FileError.EACCES);
            }
            String part = ahead.removeFirst();
            if (part.equals("..")) {
                if (behind.isEmpty() && !tree.volume().equals(Place.ROOT)) {
                    return elsewhere(Place.mount(tree.volume()) + "/..");
                }
                up();
                continue;
            }
            Long number = at.entries.get(part);
            if (number == null) {
                return ahead.isEmpty() ? new End(at, part, null, null, null) : End.nowhere(FileError.ENOENT);
            }
            TreeNode node = tree.present(number);
            if (node.symbolicLink() && (follow || !ahead.isEmpty())) {
                End left = link(node);
                if (left != null) {
                    return left;
                }
                continue;
            }
            parent = at;
            name = part;
            behind.add(part);
            at = node;
            if (node.mount() && (links > 0 || !node.target.equals(Place.HOST_PATH))) {
                return mounted(node);
            }
        }
        return new End(parent, name, at, null, null);
    }

    private void up() {
        if (!behind.isEmpty()) {
            behind.removeLast();
            at = tree.present(at.parents.getFirst());
        }
    }

    /** Goes where it says; null where that is in this volume. */
    private @Nullable End link(TreeNode link) {
        if (++links > MOST_LINKS) {
            return End.nowhere(FileError.ELOOP);
        }
        if (link.target.startsWith("/")) {
            return elsewhere(link.target);
        }
        List<String> parts = List.of(link.target.split("/", -1));
        for (String part : parts.reversed()) {
            if (!part.isEmpty() && !part.equals(".")) {
                ahead.addFirst(part);
            }
        }
        return null;
    }

    private End mounted(TreeNode mount) {
        String path = Place.normal(Place.mount(tree.volume()) + "/" + String.join("/", behind));
        String whole = rest(path);
        boolean inside = whole.equals(path) || whole.startsWith(path + "/"); // Else ".." leads out again.
        boolean made = Place.isMade(mount.target);
        return new End(null, "", null, null, new Elsewhere(whole, made && inside ? mount.target : "", mount.owner));
    }

    private End elsewhere(String path) {
        return new End(null, "", null, null, new Elsewhere(rest(path), "", ""));
    }

    private String rest(String path) {
        return Place.normal(path + "/" + String.join("/", ahead));
    }
}
