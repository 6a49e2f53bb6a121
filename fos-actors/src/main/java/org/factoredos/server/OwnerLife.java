package org.factoredos.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Trace;
import org.factoredos.server.OwnerProtocol.Answered;
import org.factoredos.server.OwnerProtocol.Forwarded;
import org.factoredos.server.OwnerProtocol.NotServing;
import org.factoredos.server.OwnerProtocol.ReportServing;
import org.factoredos.server.OwnerProtocol.ServingReported;
import org.jspecify.annotations.Nullable;

/**
 * The life of the owner of one slice, the same for every owned fleet, around the fleet's own core.
 *
 * <p>Once its node is {@link SliceGranted granted} the slice it waits until the predecessor that the journal names has
 * stepped down, says that it does not serve, or is gone; journals that it has started, and serves under a new epoch. It is
 * one writer among none: the journal refuses the row of any other. On {@link SliceWithdrawn} it journals that it has stepped
 * down and is {@link #stopped}.
 *
 * <p>A predecessor may have ended without a last row, on a node that lives on: its journal failed. So while that node is a
 * member it is asked. That nobody is there, or that one is who does not serve, is as good as a last row: whoever serves on
 * that node later must journal first, after it has read either the successor's first row, and then it waits for that one,
 * or less, and then the journal refuses its row.
 *
 * <p>While it serves it stands between the fronts and the fleet's core. A request that writes reaches the core when no
 * front holds anything about its keys ({@link Callbacks}); one that was answered before gets its first reply, in this
 * epoch or a later one, for what the core decides and what it replies travel in one event.
 */
public final class OwnerLife implements Owner, Membership.Watcher {
    /**
     * A fleet's part: decides requests, one after the other. What a request changes stands before its reply in one list of
     * effects, and behind the reply to another. It meets requests as if fronts had made them themselves.
     */
    public interface Slice extends Owner {
        Access access(Payload request);

        /** Whether fronts may hold that answer to an {@link Access.Look}. */
        default boolean mayBeHeld(Payload answer) {
            return true;
        }

        /** Whether all that it answers for is kept as safe as the grid's members allow. */
        default boolean repaired() {
            return true;
        }
    }

    /** From the machine room: this node is to own the slice. */
    public record SliceGranted() implements Continuation {}

    /** From the machine room: another node is to own the slice. */
    public record SliceWithdrawn() implements Continuation {}

    /** The first row of an epoch. {@code fronts}: all that may hold something. */
    public record OwnerStarted(Incarnation owner, List<Incarnation> fronts) implements Event {
        public OwnerStarted {
            fronts = List.copyOf(fronts);
        }
    }

    /** From now on this front too may hold something. */
    public record FrontAdmitted(Incarnation front) implements Event {}

    /** The last row of an epoch that ended in order. */
    public record SteppedDown(Incarnation owner) implements Event {}

    /** What a request changed, and what it was answered: one is not without the other. */
    public record Decided(ClientId client, long call, long settled, Payload reply, List<Event> events)
            implements Event {
        public Decided {
            events = List.copyOf(events);
        }
    }

    record Kept(
            long epoch,
            @Nullable Incarnation predecessor,
            List<Incarnation> fronts,
            List<FirstReplies.Kept> replies,
            Snapshot slice)
            implements Snapshot {}

    /** Time to look again whether the predecessor is gone. */
    record LookAgain() implements Continuation {}

    /** Whether the predecessor serves. */
    record AwaitingReported() implements Continuation {}

    private enum State {
        STANDING_BY,
        GRANTED,
        SERVING,
        STOPPED
    }

    /** A front's call. */
    private record Asker(Address front, long call) {}

    private record Request(ClientId client, long call) {}

    /** A request on its way through; each of {@code askers} is one sending of it. */
    private static final class Work {
        final Request request;
        final long settled;
        final Envelope in;
        Access access;
        final Map<Asker, Optional<Trace>> askers = new LinkedHashMap<>();
        boolean locked;

        Work(Request request, long settled, Envelope in, Access access) {
            this.request = request;
            this.settled = settled;
            this.in = in;
            this.access = access;
        }

        Asker first() {
            return new Asker(in.from(), in.call());
        }
    }

    private static final long LOOK_AGAIN_NANOS = 100_000_000L;
    private static final long REPORT_PATIENCE_NANOS = 1_000_000_000L;
    /** More than these wait somewhere else: the fronts ask again. */
    private static final int MOST_WAITING = 1024;
    /** Keys; beyond these no front is told that it may hold what it has only looked at. */
    private static final int MOST_HELD = 65_536;

    private final Slice slice;
    private final Incarnation self;
    private final Reserved place;
    private final Reserved frontPlace;
    private final Announcements announcements;
    private final Callbacks callbacks;
    private final FirstReplies replies = new FirstReplies();
    private final Map<Request, Work> works = new LinkedHashMap<>();
    private final Map<Asker, Work> deciding = new LinkedHashMap<>();
    private final List<Work> waiting = new ArrayList<>();

    private State state = State.STANDING_BY;
    private long epoch;
    private @Nullable Incarnation predecessor;
    private @Nullable Membership membership;
    private long watchingSinceNanos;
    private boolean looking;
    private @Nullable Work now;

    /**
     * @param number the slice's, within its fleet
     * @param place where the slice's owner runs on any node
     * @param frontPlace where the fleet's front runs on every node
     */
    public OwnerLife(Slice slice, int number, Incarnation self, Reserved place, Reserved frontPlace) {
        this.slice = slice;
        this.self = self;
        this.place = place;
        this.frontPlace = frontPlace;
        this.announcements = new Announcements(number, frontPlace);
        this.callbacks = new Callbacks(number, this::frontOf);
    }

    /** It will answer nothing but {@link NotServing} any more; the machine room may end it. */
    public boolean stopped() {
        return state == State.STOPPED;
    }

    public boolean serving() {
        return state == State.SERVING;
    }

    /** Whether it serves, and all that it answers for is kept as safe as the grid's members allow. */
    public boolean repaired() {
        return serving() && slice.repaired();
    }

    public long epoch() {
        return epoch;
    }

    // In: messages, news, answers.

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        List<Effect> out = new ArrayList<>();
        if (in.payload() instanceof Forwarded forwarded) {
            onForwarded(in, forwarded, out);
            proceed(out, nanos);
        } else if (in.payload() instanceof ReportServing report) {
            out.add(Call.of(in, report).reply(new ServingReported(serving(), repaired())));
        } // Anything else has passed no front: its sender's deadline ends the call.
        return out;
    }

    @Override
    public List<Effect> on(Membership changed, long nanos) {
        watchingSinceNanos = membership == null ? nanos : watchingSinceNanos;
        membership = changed;
        List<Effect> out = new ArrayList<>();
        if (state == State.GRANTED) {
            startIfAlone(out, nanos);
        } else if (state == State.SERVING) {
            onMembers(changed, out, nanos);
            proceed(out, nanos);
        }
        return out;
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        List<Effect> out = new ArrayList<>();
        switch (continuation) {
            case SliceGranted granted
            when state == State.STANDING_BY -> {
                state = State.GRANTED;
                watchingSinceNanos = nanos; // Only now it is known whom the journal names.
                startIfAlone(out, nanos);
            }
            case LookAgain again
            when state == State.GRANTED -> {
                looking = false;
                startIfAlone(out, nanos);
            }
            case AwaitingReported awaiting when state == State.GRANTED -> onReported(response, out, nanos);
            case SliceWithdrawn withdrawn -> stepDown(out);
            case Continuation other
            when state == State.SERVING -> {
                onResponse(other, response, out, nanos);
                proceed(out, nanos);
            }
            default -> {
                // News of a life that has not begun, or has ended.
            }
        }
        return out;
    }

    private void onResponse(Continuation continuation, Response response, List<Effect> out, long nanos) {
        switch (continuation) {
            case Announcements.AwaitingNoted awaiting -> announcements.on(awaiting, response);
            case Announcements.TellAgain again -> {
                forgetTheGone(nanos); // A removal becomes final one lease later, without further news.
                out.addAll(announcements.on(again, members(), epoch, address()));
            }
            case Callbacks.AwaitingRecalled awaiting -> out.addAll(callbacks.on(awaiting, response));
            case Callbacks.RecallAgain again -> {
                forgetTheGone(nanos);
                out.addAll(callbacks.on(again, epoch));
            }
            case SliceGranted granted -> {} // Granted what it has.
            case LookAgain again -> {} // The news of a removal came first.
            case AwaitingReported awaiting -> {}
            default -> carry(slice.on(continuation, response, nanos), out);
        }
    }

    // The life.

    private void startIfAlone(List<Effect> out, long nanos) {
        if (!member()) {
            return;
        }
        // An owner that this very node replaces (its journal failed) has been stopped by the machine room.
        if (predecessor == null || predecessor.equals(self) || gone(predecessor, nanos)) {
            start(out, nanos);
        } else if (!looking) {
            looking = true;
            out.add(
                    members().up().contains(predecessor)
                            ? new Effect.Call(
                                    place.address(predecessor, members().grid()),
                                    new ReportServing(),
                                    new AwaitingReported(),
                                    REPORT_PATIENCE_NANOS)
                            : new Effect.Timer(new LookAgain(), LOOK_AGAIN_NANOS));
        }
    }

    private void onReported(Response response, List<Effect> out, long nanos) {
        boolean over = switch (response) {
            case Response.Answered(ServingReported(boolean serving, boolean repaired)) -> !serving;
            case Response.SendRefused(SendResult result) -> result == SendResult.NO_SUCH_MAILBOX;
            default -> false; // Silence: it may serve, and not hear us.
        };
        if (over && member()) {
            start(out, nanos);
        } else {
            out.add(new Effect.Timer(new LookAgain(), LOOK_AGAIN_NANOS));
        }
    }

    private boolean member() {
        return membership != null && membership.up().contains(self);
    }

    private void start(List<Effect> out, long nanos) {
        Set<Incarnation> fronts = new TreeSet<>(announcements.admitted());
        fronts.removeIf(front -> gone(front, nanos));
        fronts.addAll(members().up());
        OwnerStarted started = new OwnerStarted(self, List.copyOf(fronts));
        note(started);
        state = State.SERVING;
        out.add(new Effect.Persist(started));
        forgetTheGone(nanos);
        out.addAll(announcements.tellAll(members(), epoch, address()));
        out.add(announcements.next());
        if (slice instanceof Membership.Watcher watcher) {
            carry(watcher.on(members(), nanos), out);
        }
    }

    private void onMembers(Membership changed, List<Effect> out, long nanos) {
        forgetTheGone(nanos);
        for (Incarnation member : changed.up()) {
            if (!announcements.admitted().contains(member)) {
                FrontAdmitted admitted = new FrontAdmitted(member);
                note(admitted);
                out.add(new Effect.Persist(admitted));
            }
        }
        out.addAll(announcements.tellAll(changed, epoch, address()));
        if (slice instanceof Membership.Watcher watcher) {
            carry(watcher.on(changed, nanos), out);
        }
    }

    private void stepDown(List<Effect> out) {
        // Also where this life has not served: an earlier one on this node has, and its journal failed before it could
        // step down. As long as this node is a member the successor would wait for it.
        if (self.equals(predecessor)) {
            for (Work work : waiting) { // The core has not seen these.
                work.askers.forEach((asker, trace) -> out.add(refusal(asker, trace.orElse(null))));
            }
            waiting.clear();
            works.clear();
            SteppedDown last = new SteppedDown(self);
            note(last);
            out.add(new Effect.Persist(last));
        }
        state = State.STOPPED;
    }

    private void forgetTheGone(long nanos) {
        announcements.forget(node -> gone(node, nanos));
        callbacks.forget(node -> gone(node, nanos));
    }

    // Requests.

    private void onForwarded(Envelope in, Forwarded forwarded, List<Effect> out) {
        Asker asker = new Asker(in.from(), in.call());
        if (state != State.SERVING || !believable(in, forwarded)) {
            out.add(refusal(asker, in.trace()));
            return;
        }
        replies.settle(forwarded.client(), forwarded.settled());
        if (replies.ended(forwarded.client(), forwarded.call())) {
            return; // A repeat that was under way when its client gave up or had its answer: nobody waits.
        }
        Access access = slice.access(forwarded.request());
        Request request = new Request(forwarded.client(), forwarded.call());
        // A front may read for a client, under its number, before it forwards what the client asks: that is no repeat.
        boolean reads = access instanceof Access.Read || access instanceof Access.Look;
        Optional<Payload> first = reads ? Optional.empty() : replies.of(forwarded.client(), forwarded.call());
        if (first.isPresent()) {
            out.add(answer(asker, in.trace(), false, first.get()));
            return;
        }
        Work known = reads ? null : works.get(request);
        if (known != null) {
            known.askers.put(asker, Optional.ofNullable(in.trace())); // A repeat while the first is under way.
            return;
        }
        boolean waits = !(access instanceof Access.Free || access instanceof Access.Look);
        if (waits && waiting.size() >= MOST_WAITING) {
            out.add(refusal(asker, in.trace()));
            return;
        }
        Envelope inner = new Envelope(
                in.to(),
                in.from(),
                forwarded.domain(),
                Envelope.Kind.REQUEST,
                in.call(),
                in.settled(),
                forwarded.request(),
                in.trace());
        Work work = new Work(request, forwarded.settled(), inner, access);
        work.askers.put(asker, Optional.ofNullable(in.trace()));
        if (!reads) {
            works.put(request, work);
        }
        waiting.add(work);
    }

    /** From a front that may hold what it is told. */
    private boolean believable(Envelope in, Forwarded forwarded) {
        ClientId front = in.from().client();
        return forwarded.epoch() == epoch
                && announcements.admitted().contains(incarnation(front))
                && front.equals(frontOf(incarnation(front)).client());
    }

    /** Hands to the core what waits for nothing any more. */
    private void proceed(List<Effect> out, long nanos) {
        boolean moved = !waiting.isEmpty();
        while (moved) {
            moved = false;
            for (Work work : List.copyOf(waiting)) {
                if (ready(work, out)) {
                    waiting.remove(work);
                    deciding.put(work.first(), work);
                    now = work;
                    carry(slice.on(work.in, nanos), out);
                    now = null;
                    moved = !waiting.isEmpty();
                }
            }
        }
    }

    private boolean ready(Work work, List<Effect> out) {
        return switch (work.access) {
            case Access.Free free -> true;
            case Access.Read(String key) -> callbacks.free(key);
            case Access.Write(var keys) -> {
                if (!work.locked && callbacks.free(keys)) {
                    lock(work, keys, out);
                }
                yield work.locked && callbacks.recalled(keys);
            }
            case Access.Look look -> true;
            case Access.Change(var keys) -> {
                if (!work.locked) {
                    lock(work, keys, out);
                }
                yield work.locked && callbacks.recalled(keys) && (stillTouches(work, keys) || ready(work, out));
            }
        };
    }

    private void lock(Work work, Set<String> keys, List<Effect> out) {
        if (announcements.confirmed()) {
            work.locked = true;
            out.addAll(callbacks.lock(keys, epoch));
        }
    }

    /** False where a change would change other things by now than those that were recalled for it: it begins anew. */
    private boolean stillTouches(Work work, Set<String> keys) {
        Access present = slice.access(work.in.payload());
        if (present.equals(work.access)) {
            return true;
        }
        callbacks.unlock(keys);
        work.locked = false;
        work.access = present;
        return false;
    }

    // Out: what the core decides.

    /** Passes the core's effects on; its events and the reply of the request that made them become one event. */
    private void carry(List<Effect> decided, List<Effect> out) {
        int from = 0; // One answer may let a core decide what has waited for it, in the same list.
        for (int i = 0; i < decided.size(); i++) {
            if (decided.get(i) instanceof Effect.Reply) {
                carryOne(decided.subList(from, i + 1), out);
                from = i + 1;
            }
        }
        carryOne(decided.subList(from, decided.size()), out);
    }

    private void carryOne(List<Effect> decided, List<Effect> out) {
        List<Event> events = new ArrayList<>();
        Work work = null;
        Payload reply = null;
        for (Effect effect : decided) {
            if (effect instanceof Effect.Persist(Event event)) {
                events.add(event);
            } else if (work == null && effect instanceof Effect.Reply(var to, var call, var answer, var trace)) {
                work = deciding.get(new Asker(to, call));
                reply = answer;
            }
        }
        List<? extends Event> rows = events;
        if (!events.isEmpty() && work != null && reply != null) {
            Request request = work.request;
            Decided one = new Decided(request.client(), request.call(), work.settled, reply, events);
            note(one);
            rows = List.of(one);
        }
        boolean persisted = false;
        for (Effect effect : decided) {
            switch (effect) {
                case Effect.Persist persist -> {
                    if (!persisted) {
                        rows.forEach(row -> out.add(new Effect.Persist(row)));
                        persisted = true;
                    }
                }
                case Effect.Reply answered -> finish(answered, out);
                default -> out.add(effect);
            }
        }
    }

    private void finish(Effect.Reply answered, List<Effect> out) {
        Work work = deciding.remove(new Asker(answered.to(), answered.call()));
        if (work == null) {
            out.add(answered);
            return;
        }
        works.remove(work.request, work);
        boolean held = false;
        switch (work.access) {
            case Access.Free free -> {}
            // An answer that took the core several turns may have been overtaken by a write.
            case Access.Read(String key) -> held = work == now;
            case Access.Look(var keys) ->
                held = work == now
                        && slice.mayBeHeld(answered.answer())
                        && callbacks.free(keys)
                        && callbacks.held() < MOST_HELD;
            case Access.Write(var keys) -> callbacks.unlock(keys);
            case Access.Change(var keys) -> callbacks.unlock(keys);
        }
        for (Map.Entry<Asker, Optional<Trace>> each : work.askers.entrySet()) {
            Asker asker = each.getKey();
            if (held) {
                Incarnation holder = incarnation(asker.front().client());
                held(work.access).forEach(key -> callbacks.grant(key, holder));
            }
            // The first's trace has grown by what the core did.
            Trace trace = asker.equals(work.first())
                    ? answered.trace()
                    : each.getValue().orElse(null);
            out.add(answer(asker, trace, held, answered.answer()));
        }
    }

    private static Set<String> held(Access access) {
        return switch (access) {
            case Access.Read(String key) -> Set.of(key);
            case Access.Look(var keys) -> keys;
            default -> Set.of();
        };
    }

    private Effect answer(Asker asker, @Nullable Trace trace, boolean held, Payload answer) {
        return new Effect.Reply(asker.front(), asker.call(), new Answered(epoch, held, answer), trace);
    }

    private static Effect refusal(Asker asker, @Nullable Trace trace) {
        return new Effect.Reply(asker.front(), asker.call(), new NotServing(), trace);
    }

    // Durable truth.

    @Override
    public void apply(Event event) {
        note(event);
        switch (event) {
            case Decided decided -> decided.events().forEach(slice::apply);
            case OwnerStarted started -> {}
            case FrontAdmitted admitted -> {}
            case SteppedDown steppedDown -> {}
            default -> slice.apply(event);
        }
    }

    /** This layer's part of an event. */
    private void note(Event event) {
        switch (event) {
            case OwnerStarted(var owner, var fronts) -> {
                epoch++;
                predecessor = owner;
                announcements.begin(fronts);
            }
            case FrontAdmitted(var front) -> announcements.admit(front);
            case SteppedDown steppedDown -> predecessor = null;
            case Decided(var client, var call, var settled, var reply, var events) ->
                replies.record(client, call, settled, reply);
            default -> {}
        }
    }

    @Override
    public Snapshot snapshot() {
        return new Kept(epoch, predecessor, List.copyOf(announcements.admitted()), replies.keep(), slice.snapshot());
    }

    @Override
    public void restore(Snapshot snapshot) {
        Kept kept = (Kept) snapshot;
        epoch = kept.epoch();
        predecessor = kept.predecessor();
        announcements.begin(kept.fronts());
        replies.restore(kept.replies());
        slice.restore(kept.slice());
    }

    private boolean gone(Incarnation node, long nanos) {
        return members().gone(node, nanos, watchingSinceNanos);
    }

    private Membership members() {
        if (membership == null) {
            throw new IllegalStateException("an owner serves only once it knows the members");
        }
        return membership;
    }

    private Address address() {
        return place.address(self, members().grid());
    }

    private Address frontOf(Incarnation node) {
        return frontPlace.address(node, members().grid());
    }

    private static Incarnation incarnation(ClientId client) {
        return new Incarnation(client.node(), client.boot());
    }
}
