package org.factoredos.slice;

import java.util.List;
import org.factoredos.server.Event;

/**
 * What one turn of an owner decided: one row of the journal, there as a whole or not at all.
 *
 * @param version of the way events are written
 */
record JournalRow(int version, List<Event> events) {
    static final int VERSION = 1;

    JournalRow {
        if (version != VERSION) {
            throw new IllegalArgumentException(
                    "the journal was written in version " + version + ", this program reads version " + VERSION);
        }
        events = List.copyOf(events);
    }

    static JournalRow of(List<Event> events) {
        return new JournalRow(VERSION, events);
    }
}
