package org.factoredos.file;

import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.factoredos.file.FileProtocol.Request;
import org.factoredos.file.PathWalk.Elsewhere;
import org.jspecify.annotations.Nullable;

/**
 * A path's end, and the volume that it lies in.
 *
 * @param asked the path
 * @param tree null where it lies in none of this owner's
 */
record Spot(String asked, @Nullable VolumeTree tree, Place place, PathWalk.End end) {
    String volume() {
        return place.volume();
    }

    /** The number of the directory that has the last name. */
    long parent() {
        TreeNode parent = end.parent();
        return parent == null ? VolumeTree.ROOT : parent.number;
    }

    /** Where it lies, without links. */
    String path() {
        return tree == null ? asked : tree.path(parent()) + "/" + end.name();
    }

    /** Whether it is a volume and not something in one. */
    boolean whole() {
        return (place.root() && end.here()) || (end.elsewhere() != null && atMount(end.elsewhere()));
    }

    private static boolean atMount(Elsewhere elsewhere) {
        String volume = elsewhere.volume();
        return volume.isEmpty()
                ? Place.of(elsewhere.path()).root()
                : elsewhere.path().equals(Place.mount(volume));
    }

    /** Empty where something may be made at the free name; else why not. */
    Optional<Decision> free(Asker asker) {
        TreeNode parent = end.parent();
        return parent != null && asker.may(parent, FileMode.WRITE)
                ? Optional.empty()
                : Optional.of(Decision.refuse(FileError.EACCES));
    }

    /** What is to be said where the path does not end here: where it goes on, or why it leads nowhere. */
    Decision leave(Function<String, Request<?>> anew) {
        Elsewhere elsewhere = end.elsewhere();
        if (elsewhere == null) {
            FileError error = end.error();
            return Decision.refuse(error == null ? FileError.ENOENT : error);
        }
        return new Decision(null, new Redirected(anew.apply(elsewhere.path()), elsewhere.volume(), elsewhere.owner()));
    }

    /** The same for two paths, of which one at least does not end here. */
    static Decision leave(Spot from, Spot to, BiFunction<String, String, Request<?>> anew) {
        FileError error = from.end.error() != null ? from.end.error() : to.end.error();
        if (error != null) {
            return Decision.refuse(error);
        }
        Request<?> request = anew.apply(from.ahead(), to.ahead());
        Elsewhere there = from.end.elsewhere();
        Elsewhere other = to.end.elsewhere();
        String volume = there == null ? "" : there.volume();
        boolean both = there != null && other != null && volume.equals(other.volume());
        // A link leads somewhere by its text; there it is seen what hangs on the way.
        boolean byText = (there != null && volume.isEmpty())
                || (other != null && other.volume().isEmpty());
        if (there != null && both) {
            return new Decision(null, new Redirected(request, volume, there.owner()));
        }
        return byText ? new Decision(null, new Redirected(request, "", "")) : Decision.refuse(FileError.EXDEV);
    }

    private String ahead() {
        return end.elsewhere() == null ? asked : end.elsewhere().path();
    }
}
