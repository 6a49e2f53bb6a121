package org.factoredos.file;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where paths lead in the volumes of one slice. */
final class Spots {
    private final SliceState state;

    Spots(SliceState state) {
        this.state = state;
    }

    /** @param follow whether a symbolic link at the path's end is followed */
    Spot at(Asker asker, String path, boolean follow) {
        FileError problem = Place.problem(path);
        if (problem != null) {
            return nowhere(path, new Place(Place.ROOT, List.of()), problem);
        }
        Place place = asker.volume().isEmpty() ? Place.of(path) : Place.in(asker.volume(), path);
        VolumeTree tree = state.tree(place.volume());
        return tree == null
                ? nowhere(path, place, FileError.EAGAIN) // A front that goes by an owner's answer of before.
                : new Spot(path, tree, place, PathWalk.walk(tree, asker, place.parts(), follow));
    }

    private static Spot nowhere(String path, Place place, FileError error) {
        return new Spot(path, null, place, PathWalk.End.nowhere(error));
    }

    @Nullable
    VolumeTree tree(String volume) {
        return state.tree(volume);
    }

    @Nullable
    TreeNode node(FileProtocol.FileId file) {
        return state.node(file);
    }
}
