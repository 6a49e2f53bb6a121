package org.factoredos.network;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.factoredos.kernel.Address;
import org.factoredos.network.NetworkProtocol.AnnounceListeners;
import org.factoredos.network.NetworkProtocol.AnnounceReply;
import org.factoredos.network.NetworkProtocol.Arrival;
import org.factoredos.network.NetworkProtocol.HandOver;
import org.factoredos.network.NetworkProtocol.HandedOver;
import org.factoredos.network.NetworkProtocol.ListenerAt;
import org.factoredos.network.NetworkProtocol.ListenersNoted;
import org.factoredos.network.NetworkProtocol.PortAt;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * The ports that are open on this server's card: each for a listener of some server, its <em>home</em>, which says again and
 * again what listeners it has. What it says no more is closed, and so is what it has been silent about for too long.
 *
 * <p>A connection that has come is offered to the home until that has taken it. No more are accepted than are on offer.
 *
 * <p>A further server of a node is announced nothing: it takes a share of what comes at the ports that the first one has open
 * ({@link #onShared}), and hands it over just so.
 */
final class Doors {
    /** How many connections a door accepts ahead of its home; the peers' own patience holds the rest. */
    static final int MOST_ON_OFFER = 64;

    private static final long OFFER_PATIENCE_NANOS = 2_000_000_000L;
    /** Several times what a living home needs to speak again. */
    private static final long SILENCE_NANOS = 15_000_000_000L;

    /** A home has until then to hear what became of its ports. */
    private static final long SETTLE_NANOS = 1_000_000_000L;

    /** {@code life}: the offering server's, whose card counts connections anew in each. */
    record Offering(Address home, long homeLife, long listener, long life) implements Continuation {}

    /** A port here, and what goes on there. */
    static final class Door {
        final Address home;
        final long homeLife;
        final ListenerAt listener;
        long card;
        int port;
        boolean open;

        @Nullable
        NetworkError error;

        final ArrayDeque<Arrival> arrivals = new ArrayDeque<>();
        long handedOver;
        /** Since the card has opened it. */
        long arrived;

        boolean offering;
        /** Where the port is the first server's: that one's line to the card, and number there. */
        private long sharedLine;

        private long sharedOf;
        /** It takes nothing new; what has come is still handed over. */
        private boolean stopping;

        private Door(Address home, long homeLife, ListenerAt listener) {
            this.home = home;
            this.homeLife = homeLife;
            this.listener = listener;
            this.port = listener.port();
        }

        private boolean settled() {
            return open || error != null;
        }

        private PortAt status() {
            return new PortAt(listener.number(), open ? port : 0, error);
        }
    }

    private static final class Home {
        private long life;
        private long version;
        private long heardNanos;
        private @Nullable Call<AnnounceReply> waiting;
        private long waitingSinceNanos;
        private List<Long> asked = List.of();
        private final Map<Long, Door> doors = new LinkedHashMap<>();
    }

    /** What doors do to the card and to connections. */
    interface Room {
        long life();

        long listen(int port);

        long share(int port, long line, long of);

        /** What has come before is told yet, and then that it has ended. */
        void stop(long card);

        void allow(long card, long upTo);

        void close(long card);

        /** Nobody will take that connection, unless its client has it already: then the home's answer that said so was lost. */
        void drop(long connection);

        /** Whether nodes of that place are reached at this one's address, so that its port is open there already. */
        boolean shares(Address home, String place);

        HandOver offer(Door door, List<Arrival> arrivals);
    }

    private final Room room;
    private final Map<Address, Home> homes = new LinkedHashMap<>();
    private final Map<Long, Door> byCard = new LinkedHashMap<>();

    Doors(Room room) {
        this.room = room;
    }

    List<Effect> onAnnounce(Call<AnnounceReply> call, AnnounceListeners said, long nanos) {
        Home home = homes.computeIfAbsent(said.home(), address -> new Home());
        List<Effect> effects = new ArrayList<>();
        if (said.life() < home.life || (said.life() == home.life && said.version() < home.version)) {
            return List.of(); // Overtaken by what the same home has said since.
        }
        if (home.life != said.life()) {
            closeAll(home); // It has begun anew, and knows none of these.
            home.life = said.life();
        }
        home.version = said.version();
        home.heardNanos = nanos;
        home.asked = said.listeners().stream().map(ListenerAt::number).toList();
        Set<Long> wanted = new TreeSet<>(home.asked);
        close(home, door -> !wanted.contains(door.listener.number()));
        for (ListenerAt listener : said.listeners()) {
            Door door = home.doors.get(listener.number());
            if (door == null || door.error != null) {
                open(home, new Door(said.home(), said.life(), listener), said.place());
            }
        }
        if (home.waiting != null) {
            effects.add(home.waiting.reply(new ListenersNoted(List.of())));
        }
        home.waiting = call;
        home.waitingSinceNanos = nanos;
        answer(home, false, effects);
        return effects;
    }

    /** All ports that the first server of this node has open. */
    void onShared(NetworkProtocol.DoorsShared shared, long nanos) {
        Set<Door> kept = new LinkedHashSet<>();
        for (NetworkProtocol.SharedDoor one : shared.doors()) {
            Home home = homes.computeIfAbsent(one.home(), address -> new Home());
            home.life = Math.max(home.life, one.homeLife());
            Door door = home.doors.get(one.listener().number());
            boolean same = door != null
                    && door.homeLife == one.homeLife()
                    && door.sharedLine == shared.line()
                    && door.sharedOf == one.card();
            if (door == null || !same || door.error != null) {
                Door before = door;
                door = new Door(one.home(), one.homeLife(), one.listener());
                door.sharedLine = shared.line();
                door.sharedOf = one.card();
                if (before != null && before.homeLife == one.homeLife()) {
                    inherit(door, before);
                }
                if (before != null) {
                    close(home, each -> each == before);
                }
                door.card = room.share(one.listener().port(), shared.line(), one.card());
                byCard.put(door.card, door);
                home.doors.put(one.listener().number(), door);
            }
            kept.add(door);
        }
        heard(nanos);
        homes.values().forEach(home -> close(home, door -> !kept.contains(door)));
        homes.values().removeIf(home -> home.doors.isEmpty());
    }

    /** What has come at the door before is still to be handed over. */
    private static void inherit(Door door, Door before) {
        door.arrivals.addAll(before.arrivals);
        door.handedOver = before.handedOver;
        door.offering = before.offering;
        before.arrivals.clear();
    }

    /** The ports that others may share. */
    NetworkProtocol.DoorsShared shared(long line) {
        List<NetworkProtocol.SharedDoor> doors = new ArrayList<>();
        each(door -> {
            if (door.open && door.card != 0) {
                ListenerAt listener = new ListenerAt(door.listener.number(), door.listener.owner(), door.port);
                doors.add(new NetworkProtocol.SharedDoor(door.home, door.homeLife, listener, door.card));
            }
        });
        return new NetworkProtocol.DoorsShared(line, doors);
    }

    /** Takes nothing new. */
    void stop() {
        each(door -> {
            if (!door.stopping) {
                door.stopping = true;
                if (byCard.containsKey(door.card)) {
                    room.stop(door.card);
                }
            }
        });
        forgetStopped();
    }

    /** The first server of this node is there: what has come is handed over for as long as it takes. */
    void heard(long nanos) {
        homes.values().forEach(home -> home.heardNanos = nanos);
    }

    boolean isEmpty() {
        return homes.values().stream().allMatch(home -> home.doors.isEmpty());
    }

    private boolean isOver(Door door) {
        return door.stopping && !byCard.containsKey(door.card) && door.arrivals.isEmpty();
    }

    private void open(Home home, Door door, String place) {
        Door before = home.doors.put(door.listener.number(), door);
        if (before != null) {
            inherit(door, before);
        }
        boolean taken = door.port != 0
                && homes.values().stream()
                        .flatMap(one -> one.doors.values().stream())
                        .anyMatch(other -> other != door && other.port == door.port && other.error == null);
        if (taken) {
            door.error = NetworkError.PORT_IN_USE;
        } else if (room.shares(door.home, place)) {
            door.open = true;
        } else {
            door.card = room.listen(door.port);
            byCard.put(door.card, door);
        }
    }

    private static void answer(Home home, boolean late, List<Effect> effects) {
        Call<AnnounceReply> call = home.waiting;
        if (call == null || (!late && !home.doors.values().stream().allMatch(Door::settled))) {
            return;
        }
        List<PortAt> ports = new ArrayList<>();
        for (long number : home.asked) {
            Door door = home.doors.get(number);
            if (door != null) {
                ports.add(door.status());
            }
        }
        effects.add(call.reply(new ListenersNoted(ports)));
        home.waiting = null;
    }

    @Nullable
    Door byCard(long card) {
        return byCard.get(card);
    }

    List<Effect> opened(Door door, int port) {
        door.open = true;
        door.port = port;
        if (!door.stopping) {
            allow(door);
        }
        return answerHomeOf(door);
    }

    /** The card has not opened it, or has closed it. */
    List<Effect> failed(Door door, NetworkError error) {
        byCard.remove(door.card);
        door.open = false;
        door.error = error;
        forgetStopped();
        return answerHomeOf(door);
    }

    private void forgetStopped() {
        homes.values().forEach(home -> home.doors.values().removeIf(this::isOver));
    }

    /** A card counts anew at each port that is opened there. */
    private void allow(Door door) {
        room.allow(door.card, door.arrived + MOST_ON_OFFER - door.arrivals.size());
    }

    private List<Effect> answerHomeOf(Door door) {
        List<Effect> effects = new ArrayList<>();
        Home home = homes.get(door.home);
        if (home != null) {
            answer(home, false, effects);
        }
        return effects;
    }

    List<Effect> arrived(Door door, Arrival arrival) {
        door.arrivals.add(arrival);
        door.arrived++;
        return offer(door);
    }

    private List<Effect> offer(Door door) {
        if (door.offering || door.arrivals.isEmpty()) {
            return List.of();
        }
        door.offering = true;
        return List.of(new Effect.Call(
                door.home,
                room.offer(door, List.copyOf(door.arrivals)),
                new Offering(door.home, door.homeLife, door.listener.number(), room.life()),
                OFFER_PATIENCE_NANOS));
    }

    List<Effect> on(Offering offering, Response response) {
        Home home = homes.get(offering.home());
        Door door = home == null || home.life != offering.homeLife() ? null : home.doors.get(offering.listener());
        if (home == null || door == null || offering.life() != room.life()) {
            return List.of(); // Closed meanwhile, or lost with the card, and its connections with it.
        }
        door.offering = false;
        switch (response) {
            case Response.Answered(HandedOver(long downTo)) -> {
                long before = door.handedOver;
                while (!door.arrivals.isEmpty() && door.arrivals.element().connection() >= downTo) {
                    door.arrivals.remove();
                    door.handedOver++;
                }
                if (door.handedOver != before) {
                    if (!door.stopping && byCard.containsKey(door.card)) {
                        allow(door);
                    }
                    forgetStopped();
                    return offer(door);
                }
            }
            case Response.Answered(NetworkProtocol.Refused refused) ->
                close(home, each -> each == door); // No such listener any more.
            default -> {}
        }
        return List.of(); // What was not taken is offered again when the clock ticks.
    }

    List<Effect> tick(long nanos) {
        List<Effect> effects = new ArrayList<>();
        homes.values().removeIf(home -> {
            boolean silent = nanos - home.heardNanos >= SILENCE_NANOS;
            if (silent) {
                closeAll(home);
            } else if (nanos - home.waitingSinceNanos >= SETTLE_NANOS) {
                answer(home, true, effects);
            }
            return silent;
        });
        each(door -> effects.addAll(offer(door)));
        return effects;
    }

    /** Closes all for homes that are gone. */
    void forget(Predicate<Address> gone) {
        homes.entrySet().removeIf(home -> {
            boolean over = gone.test(home.getKey());
            if (over) {
                closeAll(home.getValue());
            }
            return over;
        });
    }

    /** The card has lost all its ports; each is opened again when its home speaks the next time. */
    void lost() {
        byCard.clear();
        each(door -> {
            door.open = false;
            door.error = NetworkError.FAILED;
            door.arrivals.clear();
            door.offering = false;
        });
        forgetStopped();
    }

    void each(Consumer<Door> action) {
        homes.values().forEach(home -> home.doors.values().forEach(action));
    }

    private void closeAll(Home home) {
        close(home, door -> true);
    }

    private void close(Home home, Predicate<Door> which) {
        home.doors.values().removeIf(door -> {
            if (!which.test(door)) {
                return false;
            }
            if (door.card != 0 && byCard.remove(door.card) != null) {
                room.close(door.card);
            }
            door.arrivals.forEach(arrival -> room.drop(arrival.connection()));
            return true;
        });
    }
}
