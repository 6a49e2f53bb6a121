package org.factoredos.file;

import java.util.function.Function;
import org.factoredos.file.FileProtocol.Changed;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.FileOpened;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.MakeDirectory;
import org.factoredos.file.FileProtocol.MakeLink;
import org.factoredos.file.FileProtocol.MakeSymbolicLink;
import org.factoredos.file.FileProtocol.MakeVolume;
import org.factoredos.file.FileProtocol.OpenFile;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.RemoveDirectory;
import org.factoredos.file.FileProtocol.RenamePath;
import org.factoredos.file.FileProtocol.Request;
import org.factoredos.file.FileProtocol.UnlinkFile;
import org.factoredos.file.VolumeEvent.EntryLinked;
import org.factoredos.file.VolumeEvent.EntryMade;
import org.factoredos.file.VolumeEvent.EntryMoved;
import org.factoredos.file.VolumeEvent.EntryRemoved;
import org.jspecify.annotations.Nullable;

/** Decides what becomes of names: of files, directories and links. Changes nothing itself. */
final class Namespace {
    /** More names of one file than anybody needs; each is kept with the file. */
    private static final int MOST_NAMES = 1024;

    private static final int MOST_VOLUMES = 256;

    private final Spots spots;

    Namespace(Spots spots) {
        this.spots = spots;
    }

    /** The file that an open would empty; null where it empties none. */
    @Nullable
    FileId emptiedBy(Asker asker, OpenFile open) {
        Spot spot = spots.at(asker, open.path(), follows(open));
        TreeNode node = spot.end().node();
        boolean empties = open.mode() == OpenMode.CREATE_OR_TRUNCATE
                && node != null
                && node.kind == Kind.FILE
                && asker.may(node, FileMode.WRITE | open.access().bits());
        return empties && node != null ? new FileId(spot.volume(), node.number) : null;
    }

    /** What is to be made new is not made where a link leads. */
    private static boolean follows(OpenFile open) {
        return open.mode() != OpenMode.CREATE_NEW;
    }

    Decision open(Asker asker, OpenFile open, long millis) {
        Spot spot = spots.at(asker, open.path(), follows(open));
        VolumeTree tree = spot.tree();
        TreeNode node = spot.end().node();
        if (tree == null || !spot.end().here()) {
            return spot.leave(path -> new OpenFile(path, open.mode(), open.access()));
        }
        if (node != null) {
            if (open.mode() == OpenMode.CREATE_NEW) {
                return Decision.refuse(FileError.EEXIST);
            }
            boolean empties = open.mode() == OpenMode.CREATE_OR_TRUNCATE;
            FileError error = node.withoutBytes();
            boolean allowed = asker.may(node, open.access().bits() | (empties ? FileMode.WRITE : 0));
            return error != null || !allowed
                    ? Decision.refuse(error != null ? error : FileError.EACCES)
                    : new Decision(null, new FileOpened(node.status(tree.volume())));
        }
        if (open.mode() == OpenMode.EXISTING) {
            return Decision.refuse(FileError.ENOENT);
        }
        return spot.free(asker).orElseGet(() -> {
            EntryMade made = made(asker, spot, tree, Kind.FILE, "", FileMode.OF_FILES, millis);
            TreeNode file = new TreeNode(made.number(), Kind.FILE, "", asker.domain(), FileMode.OF_FILES, millis);
            return new Decision(made, new FileOpened(file.status(tree.volume())));
        });
    }

    Decision makeDirectory(Asker asker, MakeDirectory make, long millis) {
        return make(asker, make.path(), MakeDirectory::new, Kind.DIRECTORY, "", FileMode.OF_DIRECTORIES, millis);
    }

    Decision makeSymbolicLink(Asker asker, MakeSymbolicLink make, long millis) {
        String target = make.target();
        if (target.isEmpty() || target.indexOf('\0') >= 0) {
            return Decision.refuse(FileError.EINVAL);
        }
        return Place.bytes(target) > Place.LONGEST_PATH_BYTES
                ? Decision.refuse(FileError.ENAMETOOLONG)
                : make(
                        asker,
                        make.path(),
                        path -> new MakeSymbolicLink(target, path),
                        Kind.SYMBOLIC_LINK,
                        target,
                        FileMode.OF_LINKS,
                        millis);
    }

    /** The place where a volume is to hang; the volume itself is begun by who goes there first. */
    Decision makeVolume(Asker asker, MakeVolume make, long millis) {
        Spot spot = spots.at(asker, make.path(), false);
        VolumeTree tree = spot.tree();
        if (tree == null || !spot.end().here()) {
            return spot.leave(path -> new MakeVolume(path, make.slice()));
        }
        if (tree.mounts() >= MOST_VOLUMES) {
            return Decision.refuse(FileError.ENOSPC);
        }
        String volume = Place.made(spot.path(), make.slice());
        return make(asker, make.path(), MakeDirectory::new, Kind.DIRECTORY, volume, FileMode.OF_DIRECTORIES, millis);
    }

    private Decision make(
            Asker asker,
            String path,
            Function<String, Request<?>> anew,
            Kind kind,
            String target,
            int mode,
            long millis) {
        Spot spot = spots.at(asker, path, false);
        VolumeTree tree = spot.tree();
        if (tree == null || !spot.end().here()) {
            return spot.leave(anew);
        }
        return spot.end().node() != null
                ? Decision.refuse(FileError.EEXIST)
                : spot.free(asker)
                        .orElseGet(
                                () -> new Decision(made(asker, spot, tree, kind, target, mode, millis), new Changed()));
    }

    private static EntryMade made(
            Asker asker, Spot spot, VolumeTree tree, Kind kind, String target, int mode, long millis) {
        return new EntryMade(
                tree.volume(),
                spot.parent(),
                spot.end().name(),
                tree.nextNumber(),
                kind,
                target,
                asker.domain(),
                mode,
                millis);
    }

    Decision makeLink(Asker asker, MakeLink make, long millis) {
        Spot from = spots.at(asker, make.existing(), false);
        Spot to = spots.at(asker, make.path(), false);
        if (!from.end().here() || !to.end().here()) {
            return Spot.leave(from, to, MakeLink::new);
        }
        TreeNode node = from.end().node();
        if (node == null) {
            return Decision.refuse(FileError.ENOENT);
        }
        if (!from.volume().equals(to.volume())) {
            return Decision.refuse(FileError.EXDEV);
        }
        // Who may not change a file does not keep it from being removed either.
        if (node.directory() || !(asker.owns(node) || asker.may(node, FileMode.READ | FileMode.WRITE))) {
            return Decision.refuse(FileError.EPERM);
        }
        if (to.end().node() != null) {
            return Decision.refuse(FileError.EEXIST);
        }
        if (node.parents.size() >= MOST_NAMES) {
            return Decision.refuse(FileError.EMLINK);
        }
        return to.free(asker)
                .orElseGet(() -> new Decision(
                        new EntryLinked(to.volume(), to.parent(), to.end().name(), node.number, millis),
                        new Changed()));
    }

    Decision rename(Asker asker, RenamePath rename, long millis) {
        Spot from = spots.at(asker, rename.from(), false);
        Spot to = spots.at(asker, rename.to(), false);
        if (from.whole() || to.whole()) {
            return Decision.refuse(FileError.EBUSY);
        }
        if (!from.end().here() || !to.end().here()) {
            return Spot.leave(from, to, RenamePath::new);
        }
        TreeNode node = from.end().node();
        TreeNode source = from.end().parent();
        TreeNode target = to.end().parent();
        VolumeTree tree = from.tree();
        if (node == null || source == null || target == null || tree == null) {
            return Decision.refuse(FileError.ENOENT);
        }
        if (!from.volume().equals(to.volume())) {
            return Decision.refuse(FileError.EXDEV);
        }
        TreeNode there = to.end().node();
        FileError error = clash(tree, node, target, there);
        if (error == null) {
            error = denied(asker, node, source, target, there);
        }
        if (error != null) {
            return Decision.refuse(error);
        }
        if (there != null && there.number == node.number) {
            return new Decision(null, new Changed()); // Two names of one file: POSIX leaves both.
        }
        EntryMoved moved = new EntryMoved(
                from.volume(),
                source.number,
                from.end().name(),
                target.number,
                to.end().name(),
                millis);
        return new Decision(moved, new Changed());
    }

    private static @Nullable FileError clash(
            VolumeTree tree, TreeNode node, TreeNode target, @Nullable TreeNode there) {
        if (VolumeTree.fixed(node) || tree.mountWithin(node) || (there != null && VolumeTree.fixed(there))) {
            return FileError.EBUSY;
        }
        if (node.directory() && tree.within(target, node)) {
            return FileError.EINVAL; // A directory cannot become part of itself.
        }
        if (there == null || there.number == node.number) {
            return null;
        }
        if (node.directory() != there.directory()) {
            return there.directory() ? FileError.EISDIR : FileError.ENOTDIR;
        }
        return there.entries.isEmpty() ? null : FileError.ENOTEMPTY;
    }

    private static @Nullable FileError denied(
            Asker asker, TreeNode node, TreeNode source, TreeNode target, @Nullable TreeNode there) {
        FileError error = asker.taking(node, source);
        if (error != null) {
            return error;
        }
        if (!asker.may(target, FileMode.WRITE)) {
            return FileError.EACCES;
        }
        return there == null ? null : asker.taking(there, target);
    }

    Decision unlink(Asker asker, UnlinkFile unlink, long millis) {
        Spot spot = spots.at(asker, unlink.path(), false);
        TreeNode node = spot.end().node();
        if (node == null) {
            return spot.leave(UnlinkFile::new);
        }
        return node.directory() ? Decision.refuse(FileError.EISDIR) : removal(asker, spot, node, millis);
    }

    Decision removeDirectory(Asker asker, RemoveDirectory remove, long millis) {
        Spot spot = spots.at(asker, remove.path(), false);
        if (spot.whole()) {
            return Decision.refuse(FileError.EBUSY);
        }
        TreeNode node = spot.end().node();
        if (node == null) {
            return spot.leave(RemoveDirectory::new);
        }
        if (!node.directory()) {
            return Decision.refuse(FileError.ENOTDIR);
        }
        if (VolumeTree.fixed(node)) {
            return Decision.refuse(FileError.EBUSY);
        }
        return node.entries.isEmpty() ? removal(asker, spot, node, millis) : Decision.refuse(FileError.ENOTEMPTY);
    }

    private static Decision removal(Asker asker, Spot spot, TreeNode node, long millis) {
        TreeNode parent = spot.end().parent();
        FileError error = parent == null ? FileError.EBUSY : asker.taking(node, parent);
        return error != null
                ? Decision.refuse(error)
                : new Decision(
                        new EntryRemoved(
                                spot.volume(), spot.parent(), spot.end().name(), millis),
                        new Changed());
    }
}
