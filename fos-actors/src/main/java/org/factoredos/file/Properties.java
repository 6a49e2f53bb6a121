package org.factoredos.file;

import org.factoredos.file.FileProtocol.Changed;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.factoredos.file.FileProtocol.SetAttributes;
import org.factoredos.file.FileProtocol.SetQuota;
import org.factoredos.file.VolumeEvent.AttributesSet;
import org.factoredos.file.VolumeEvent.QuotaSet;

/** Decides on owners, modes, times and shares. Changes nothing itself. */
final class Properties {
    private static final int LONGEST_DOMAIN = 256;

    private final Spots spots;

    Properties(Spots spots) {
        this.spots = spots;
    }

    Decision set(Asker asker, SetAttributes set, long millis) {
        Spot spot = spots.at(asker, set.path(), set.follow());
        TreeNode node = spot.end().node();
        VolumeTree tree = spot.tree();
        if (node == null || tree == null) {
            return spot.leave(path -> new SetAttributes(path, set.follow(), set.attributes()));
        }
        NewAttributes attributes = set.attributes();
        Integer mode = attributes.mode();
        String owner = attributes.owner();
        boolean wrong = (mode != null && ((mode & ~FileMode.ALL) != 0 || node.symbolicLink()))
                || (owner != null && (owner.isEmpty() || owner.length() > LONGEST_DOMAIN));
        if (wrong) {
            return Decision.refuse(FileError.EINVAL);
        }
        // What a user could give away would count against somebody who did not ask for it.
        if (!asker.owns(node) || (owner != null && !asker.unstopped())) {
            return Decision.refuse(FileError.EPERM);
        }
        return new Decision(new AttributesSet(spot.volume(), node.number, attributes, millis), new Changed());
    }

    Decision setQuota(Asker asker, SetQuota set) {
        Spot spot = spots.at(asker, set.path(), true);
        if (spot.tree() == null || spot.end().node() == null) {
            return spot.leave(path -> new SetQuota(path, set.domain(), set.limitBytes()));
        }
        if (!asker.unstopped()) {
            return Decision.refuse(FileError.EPERM);
        }
        String account = Asker.account(set.domain());
        boolean wrong = account.isEmpty() || account.length() > LONGEST_DOMAIN || Asker.unstopped(account);
        return wrong || set.limitBytes() < FileProtocol.NO_LIMIT
                ? Decision.refuse(FileError.EINVAL)
                : new Decision(new QuotaSet(spot.volume(), account, set.limitBytes()), new Changed());
    }
}
