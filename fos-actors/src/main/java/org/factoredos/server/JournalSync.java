package org.factoredos.server;

import org.factoredos.kernel.Payload;

/** How an owner asks its journal's host that rows which are durable also survive a loss of power. */
public sealed interface JournalSync extends Payload {
    /** All rows that were durable when this was asked are to be forced to the disk. */
    record SyncJournal() implements DeviceRequest<JournalSync> {}

    record JournalSynced() implements JournalSync {}

    record JournalSyncFailed() implements JournalSync {}
}
