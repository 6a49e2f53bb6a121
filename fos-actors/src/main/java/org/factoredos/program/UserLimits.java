package org.factoredos.program;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.factoredos.file.FileProtocol;
import org.factoredos.file.FileProtocol.VolumeStatus;
import org.factoredos.kernel.RightKind;
import org.factoredos.lib.Fos;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.privilege.Right;

/**
 * How much of the grid a user's processes may take together.
 *
 * @param tiles of the grid; a number or {@code *}, empty where nothing was said
 * @param frames of memory on each node; likewise
 * @param diskBytes of each volume; {@link FileProtocol#NO_LIMIT} for all, likewise
 */
record UserLimits(Optional<String> tiles, Optional<String> frames, OptionalLong diskBytes) {
    /** Options of {@code user add}. */
    static final Set<String> WORDS = Set.of("tiles:", "frames:", "disk:");

    /** Enough for a few pipelines at once; a node has some forty. */
    private static final String USUAL_TILES = "16";
    /** 16 MiB. */
    private static final String USUAL_FRAMES = "4096";

    private static final String NONE = "none";

    static UserLimits of(Options options) {
        Optional<String> disk = options.value("disk");
        return new UserLimits(
                number(options, "tiles"),
                number(options, "frames"),
                disk.isEmpty()
                        ? OptionalLong.empty()
                        : OptionalLong.of(
                                disk.get().equals(NONE) ? FileProtocol.NO_LIMIT : Volumes.bytes(options, disk.get())));
    }

    private static Optional<String> number(Options options, String word) {
        Optional<String> text = options.value(word);
        if (text.isPresent() && !text.get().equals(NONE) && !Right.isQuota(text.get())) {
            throw options.wrong("'" + text.get() + "' is no number of " + word + ", nor '" + NONE + "' for no limit");
        }
        return text.map(limit -> limit.equals(NONE) ? "*" : limit);
    }

    boolean isEmpty() {
        return tiles.isEmpty() && frames.isEmpty() && diskBytes.isEmpty();
    }

    /** What a new user begins with. */
    List<Right> first(String user) {
        return List.of(
                new Right(user, RightKind.TILES, tiles.orElse(USUAL_TILES)),
                new Right(user, RightKind.MEMORY, frames.orElse(USUAL_FRAMES)));
    }

    /** For somebody who is there: what was said, instead of what held before. */
    void change(Fos fos, String user) throws IOException {
        List<Right> said = new ArrayList<>();
        tiles.ifPresent(limit -> said.add(new Right(user, RightKind.TILES, limit)));
        frames.ifPresent(limit -> said.add(new Right(user, RightKind.MEMORY, limit)));
        List<Right> before = said.isEmpty() ? List.of() : Privileges.rights(fos, user);
        for (Right right : said) {
            Privileges.done(right, fos.ask(Privileges.FLEET, new PrivilegeProtocol.GrantRight(right)));
            for (Right old : before) {
                if (old.kind() == right.kind() && !old.equals(right)) {
                    Privileges.done(old, fos.ask(Privileges.FLEET, new PrivilegeProtocol.RevokeRight(old)));
                }
            }
        }
        limitDisk(fos, user);
    }

    void limitDisk(Fos fos, String user) throws IOException {
        if (diskBytes.isPresent()) {
            for (VolumeStatus volume : fos.volumes()) {
                fos.setQuota(volume.path(), user, diskBytes.getAsLong());
            }
        }
    }
}
