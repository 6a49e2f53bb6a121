package org.factoredos.slice;

import org.factoredos.server.Snapshot;

/**
 * An owner's snapshot as it is kept.
 *
 * @param version see {@link JournalRow}
 */
record JournalSnapshot(int version, Snapshot snapshot) {
    JournalSnapshot {
        if (version != JournalRow.VERSION) {
            throw new IllegalArgumentException("the snapshot was written in version " + version
                    + ", this program reads version " + JournalRow.VERSION);
        }
    }
}
