package org.factoredos.server;

import java.util.List;

/** Where an owner's events become durable: one row a turn. Each machine room has its own. */
public interface Journal {
    /** How an append ended. */
    enum Outcome {
        /** The row would survive the loss of this node. */
        DURABLE,
        /** Another writer has that place: this owner is not the owner any more. The row is not there. */
        FENCED,
        /** Nobody knows; recovery finds out. */
        INDEFINITE
    }

    /** Begins to append; the machine room calls {@link RunLoop#journaled} when it has ended. */
    void append(List<Event> row);
}
