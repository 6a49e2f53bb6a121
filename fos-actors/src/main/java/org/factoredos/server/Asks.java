package org.factoredos.server;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Payload;
import org.factoredos.server.OwnerProtocol.AnnounceOwner;
import org.factoredos.server.OwnerProtocol.Answered;
import org.factoredos.server.OwnerProtocol.NotServing;
import org.jspecify.annotations.Nullable;

/**
 * What a front has taken to the owners of slices for its clients and not yet answered.
 *
 * <p>An owner may be moving: it is asked again, under the client's own call number, until the patience of most clients has
 * passed. An answer that may be of before a recall is fetched again where the request only reads.
 *
 * @param <T> what the fleet keeps of an ask beside its request
 */
public final class Asks<T> {
    /** A failover takes no longer, and a client that still waits hears that the fleet is busy. */
    private static final long GIVE_UP_NANOS = 12_000_000_000L;

    private static final long RETRY_NANOS = 50_000_000L;

    /** The owner's answer to one attempt. */
    public record AwaitingOwner(long ask, int attempt) implements Continuation {}

    /** Time to make that attempt. */
    public record TryAgain(long ask, int attempt) implements Continuation {}

    /** What the fleet makes of what comes of its asks. */
    public interface Fleet<T> {
        /** Whether {@code request} changes nothing. */
        boolean reads(Payload request);

        /**
         * The request is about to go to the owner of that epoch.
         *
         * @return empty where it may; otherwise what is to be found out first, and then it is to {@link Asks#goOn go on}, unless it
         *     has come to its end
         */
        default Optional<List<Effect>> prepare(Ask<T> ask, long epoch, long nanos) {
            return Optional.empty();
        }

        /** How the request is put to an owner. */
        default Payload wording(Ask<T> ask) {
            return ask.request();
        }

        /**
         * An owner has answered.
         *
         * @param held whether the front may give this answer to others too
         * @return empty where the answer will not do, and the owner is to be asked again
         */
        Optional<List<Effect>> answered(Ask<T> ask, boolean held, Payload answer, long nanos);

        /** Nobody has answered in time, and nothing was changed. */
        List<Effect> busy(Ask<T> ask);
    }

    /** A client's request to one slice, until it is answered. */
    public static final class Ask<T> {
        private final long number;
        private final Envelope in;
        private final int slice;
        private final Payload request;
        private final long givenUpNanos;
        private final T of;
        private int attempt;
        /** The attempt is with an owner. */
        private boolean underWay;
        /** Some attempt may have been carried out. */
        private boolean maybeDone;
        /** What the attempt brings may be of before a recall. */
        private boolean overtaken;

        private Ask(long number, Envelope in, int slice, Payload request, long givenUpNanos, T of) {
            this.number = number;
            this.in = in;
            this.slice = slice;
            this.request = request;
            this.givenUpNanos = givenUpNanos;
            this.of = of;
        }

        public long number() {
            return number;
        }

        public Envelope in() {
            return in;
        }

        public Payload request() {
            return request;
        }

        /** Which attempt this is, from 1. */
        public int attempt() {
            return attempt;
        }

        /** Whether an owner may have carried it out, so that nothing definite can be said of it but by an owner. */
        public boolean maybeDone() {
            return maybeDone;
        }

        /** What the fleet keeps of it. */
        public T of() {
            return of;
        }
    }

    private final Fleet<T> fleet;
    private final int most;
    private final long ownerPatienceNanos;
    private final KnownOwners owners = new KnownOwners();
    private final Map<Long, Ask<T>> asks = new LinkedHashMap<>();
    private long lastAsk;

    /**
     * @param most how many may wait at once
     * @param ownerPatienceNanos how long one attempt may take
     */
    public Asks(Fleet<T> fleet, int most, long ownerPatienceNanos) {
        this.fleet = fleet;
        this.most = most;
        this.ownerPatienceNanos = ownerPatienceNanos;
    }

    public OwnerProtocol.OwnersListed owners() {
        return owners.list();
    }

    /** Whether as many more can be taken. */
    public boolean room(int more) {
        return asks.size() + more <= most;
    }

    @Nullable
    public Ask<T> get(long number) {
        return asks.get(number);
    }

    /** Asks the owner of {@code slice}; the caller has seen that there is room. */
    public List<Effect> begin(Envelope in, int slice, Payload request, T of, long nanos) {
        Ask<T> ask = new Ask<>(++lastAsk, in, slice, request, nanos + GIVE_UP_NANOS, of);
        asks.put(ask.number, ask);
        return attempt(ask, nanos);
    }

    /** The fleet has answered the client itself. */
    public void end(Ask<T> ask) {
        asks.remove(ask.number);
    }

    /** What was to be {@link Fleet#prepare found out} is known now. */
    public List<Effect> goOn(Ask<T> ask, long nanos) {
        return attempt(ask, nanos);
    }

    /** Asks again, a moment later. */
    public Effect later(Ask<T> ask) {
        return new Effect.Timer(new TryAgain(ask.number, ask.attempt), RETRY_NANOS);
    }

    public List<Effect> on(TryAgain again, long nanos) {
        Ask<T> ask = asks.get(again.ask());
        // Otherwise of an attempt that a new owner has made pointless.
        return ask != null && ask.attempt == again.attempt() ? attempt(ask, nanos) : List.of();
    }

    public List<Effect> on(AwaitingOwner awaiting, Response response, long nanos) {
        Ask<T> ask = asks.get(awaiting.ask());
        if (ask == null || ask.attempt != awaiting.attempt()) {
            return List.of();
        }
        ask.underWay = false;
        switch (response) {
            case Response.Answered(Answered(long epoch, boolean held, Payload answer)) -> {
                // A reply to a write is what happened, whatever came since.
                if (ask.overtaken && fleet.reads(ask.request)) {
                    return attempt(ask, nanos);
                }
                Optional<List<Effect>> effects = fleet.answered(ask, held, answer, nanos);
                if (effects.isPresent()) {
                    return effects.get();
                }
            }
            case Response.Answered(NotServing refused) -> {}
            case Response.SendRefused(var result) -> ask.maybeDone |= !result.definite();
            default -> ask.maybeDone = true;
        }
        return List.of(later(ask));
    }

    /** What is under way about a key that is recalled may be answered with what was true before. */
    public void overtake(Predicate<Ask<T>> which) {
        asks.values().stream().filter(which).forEach(ask -> ask.overtaken = true);
    }

    /** An owner's news of itself; false for what was said before, or by one that has a successor. */
    public boolean note(AnnounceOwner announced) {
        return owners.note(announced);
    }

    /** Nobody listens to the last owner any more: what was under way to it is asked of its successor. */
    public List<Effect> askSuccessor(int slice, long nanos) {
        return List.copyOf(asks.values()).stream()
                .filter(ask -> ask.underWay && ask.slice == slice)
                .flatMap(ask -> {
                    ask.maybeDone = true; // The last owner may have done it.
                    return attempt(ask, nanos).stream();
                })
                .toList();
    }

    private List<Effect> attempt(Ask<T> ask, long nanos) {
        if (nanos - ask.givenUpNanos >= 0) {
            asks.remove(ask.number);
            // A change that may have been made gets no definite answer: the client's own deadline says what is true.
            return ask.maybeDone && !fleet.reads(ask.request) ? List.of() : fleet.busy(ask);
        }
        ask.attempt++;
        ask.overtaken = false;
        ask.underWay = false;
        long epoch = owners.epoch(ask.slice);
        Optional<List<Effect>> first = epoch == 0 ? Optional.empty() : fleet.prepare(ask, epoch, nanos);
        if (first.isPresent()) {
            return first.get();
        }
        Optional<Effect> forwarded = owners.forward(
                ask.slice, ask.in, fleet.wording(ask), new AwaitingOwner(ask.number, ask.attempt), ownerPatienceNanos);
        ask.underWay = forwarded.isPresent();
        return List.of(forwarded.orElseGet(() -> later(ask)));
    }
}
