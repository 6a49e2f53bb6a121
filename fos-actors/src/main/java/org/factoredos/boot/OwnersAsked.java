package org.factoredos.boot;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.factoredos.kernel.Address;
import org.factoredos.lib.Calls;
import org.factoredos.lib.FosException;
import org.factoredos.lib.ProcessKilled;
import org.factoredos.server.OwnerProtocol.KnownOwner;
import org.factoredos.server.OwnerProtocol.ListOwners;
import org.factoredos.server.OwnerProtocol.OwnersListed;
import org.factoredos.server.OwnerProtocol.ReportServing;
import org.factoredos.server.OwnerProtocol.ServingReported;
import org.jspecify.annotations.Nullable;

/**
 * One look at the owners of a fleet: the node's front tells where they are, and each is asked itself, all at the same time.
 *
 * <p>What a front was told may be old. An owner's own word leaves it only under its node's lease, and not while one of its
 * rows is on its way to the journal.
 */
final class OwnersAsked implements Errand {
    /** Many times what an owner needs that is not waiting for its journal. */
    private static final long PATIENCE_NANOS = 1_000_000_000L;

    private final Address front;
    private final CompletableFuture<Map<Integer, ServingReported>> reports = new CompletableFuture<>();
    private final Map<Integer, Calls.Pending<ServingReported>> asked = new LinkedHashMap<>();
    private Calls.@Nullable Pending<OwnersListed> listing;
    private boolean begun;
    private long dueNanos;

    OwnersAsked(Address front) {
        this.front = front;
    }

    /** By slice; without those that did not answer in time. */
    CompletableFuture<Map<Integer, ServingReported>> reports() {
        return reports;
    }

    @Override
    public boolean hasNews() {
        Calls.Pending<OwnersListed> listed = listing;
        if (!begun || (listed != null && listed.done())) {
            return true;
        }
        return listed == null && asked.values().stream().allMatch(Calls.Pending::done);
    }

    @Override
    public long dueNanos() {
        return dueNanos;
    }

    @Override
    public void advance(Calls calls) {
        long now = calls.client().nanos();
        if (begun && !hasNews() && now - dueNanos < 0) {
            return;
        }
        try {
            Calls.Pending<OwnersListed> listed = listing;
            if (!begun) {
                begun = true;
                listing = calls.begin(front, new ListOwners(), null);
                dueNanos = now + PATIENCE_NANOS;
            } else if (listed != null) {
                listing = null;
                ask(calls, listed);
                dueNanos = now + PATIENCE_NANOS;
            } else {
                end(calls);
            }
        } catch (FosException e) {
            reports.completeExceptionally(e);
        }
    }

    private void ask(Calls calls, Calls.Pending<OwnersListed> listed) throws FosException {
        OwnersListed answer = listed.answer();
        if (answer == null) {
            forget(calls, listed);
            return;
        }
        for (KnownOwner known : answer.owners()) {
            asked.put(known.slice(), calls.begin(known.owner(), new ReportServing(), null));
        }
    }

    private void end(Calls calls) {
        Map<Integer, ServingReported> came = new TreeMap<>();
        asked.forEach((slice, pending) -> {
            ServingReported report = pending.answer();
            if (report != null) {
                came.put(slice, report);
            } else {
                forget(calls, pending);
            }
        });
        reports.complete(came);
    }

    private static void forget(Calls calls, Calls.Pending<?> pending) {
        if (!calls.done(pending)) {
            calls.forget(pending);
        }
    }

    @Override
    public boolean over() {
        return reports.isDone();
    }

    @Override
    public void abandon() {
        reports.completeExceptionally(new ProcessKilled());
    }
}
