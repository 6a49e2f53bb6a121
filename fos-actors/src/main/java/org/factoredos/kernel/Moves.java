package org.factoredos.kernel;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.function.Supplier;
import org.factoredos.kernel.Migration.Obstacle;
import org.jspecify.annotations.Nullable;

/**
 * A shim's part in moves (§3.4): of its tile's client to elsewhere, and of another's to here. {@link Migration} says how.
 */
final class Moves {
    /** How long a client may take to come to an end with what it waits for. */
    private static final long QUIET_NANOS = 2_000_000_000L;

    private static final long INSTALL_NANOS = 5_000_000_000L;
    private static final long AGAIN_NANOS = 500_000_000L;
    /** What is remembered of arrivals, so that one which is activated twice is not taken for lost. */
    private static final int MOST_REMEMBERED = 1024;
    /** As that of a process whose node is lost: SIGHUP. */
    private static final int LOST_STATUS = 129;

    private static final int FAILED_STATUS = 70;

    private final Microkernel kernel;
    private final Client shim;
    private final Interconnect interconnect;
    private final Tenants tenants;
    private final Supplier<@Nullable ClientHost> host;

    private final Queue<Packed> packed = new ConcurrentLinkedQueue<>();
    private final Queue<Rehomed> rehomed = new ConcurrentLinkedQueue<>();
    private final Queue<Tenants.Tenant> newcomers = new ConcurrentLinkedQueue<>();
    private final Map<ClientId, Integer> activated = new LinkedHashMap<>();
    /** Whose end is told, though nobody here has seen it. */
    private final Set<ClientId> lost = new TreeSet<>();

    private final Map<Long, Telling> tellings = new LinkedHashMap<>();
    /** Numbers below zero, for what was not taken and is to be told again. */
    private long lastUnasked;

    private @Nullable Going going;
    private @Nullable Coming coming;

    private record Packed(Client client, PackedClient as) {}

    private record Rehomed(Client client, boolean done) {}

    /** {@code news}: of {@code client}'s last arrival or departure. */
    private record Telling(Address supervisor, ClientId client, Payload.Request<?> news) {}

    private enum Phase {
        QUIETING,
        INSTALLING,
        ACTIVATING
    }

    /** The client of this tile is to leave it. */
    private static final class Going {
        final Envelope asked;
        final Migration.MoveClient move;
        final Tenants.Tenant tenant;
        Phase phase = Phase.QUIETING;
        long call;
        long dueNanos;
        boolean stopAsked;

        @Nullable
        PackedClient as;

        @Nullable
        Place place;

        Going(Envelope asked, Migration.MoveClient move, Tenants.Tenant tenant, long dueNanos) {
            this.asked = asked;
            this.move = move;
            this.tenant = tenant;
            this.dueNanos = dueNanos;
        }
    }

    /** What is kept ready here. */
    private static final class Coming {
        final Migration.InstallClient install;
        final Address source;
        final ClientHost.Arrival arrival;
        long call;
        long dueNanos;

        Coming(Migration.InstallClient install, Address source, ClientHost.Arrival arrival, long dueNanos) {
            this.install = install;
            this.source = source;
            this.arrival = arrival;
            this.dueNanos = dueNanos;
        }

        boolean is(ClientId client, int moves) {
            return install.packed().client().equals(client) && install.packed().moves() == moves;
        }
    }

    Moves(
            Microkernel kernel,
            Client shim,
            Interconnect interconnect,
            Tenants tenants,
            Supplier<@Nullable ClientHost> host) {
        this.kernel = kernel;
        this.shim = shim;
        this.interconnect = interconnect;
        this.tenants = tenants;
        this.host = host;
    }

    // From the client's turn; the shim is to be woken behind each.

    void packed(Client client, PackedClient as) {
        packed.add(new Packed(client, as));
    }

    void rehomed(Client client, boolean done) {
        rehomed.add(new Rehomed(client, done));
    }

    /** From another tile of the node. */
    void newcomer(Tenants.Tenant tenant) {
        newcomers.add(tenant);
    }

    boolean noneTold() {
        return packed.isEmpty() && rehomed.isEmpty() && newcomers.isEmpty();
    }

    // The shim's turn.

    void turn() {
        takeNewcomers();
        for (Packed next = packed.poll(); next != null; next = packed.poll()) {
            onPacked(next);
        }
        for (Rehomed next = rehomed.poll(); next != null; next = rehomed.poll()) {
            onRehomed(next);
        }
    }

    /** Before each news of an end: a newcomer may have ended. */
    void takeNewcomers() {
        for (Tenants.Tenant next = newcomers.poll(); next != null; next = newcomers.poll()) {
            tenants.arrived(next);
        }
    }

    /** Null: no question of a move. */
    @Nullable
    Payload onMessage(Envelope in) {
        return switch (in.payload()) {
            case Migration.InstallClient install -> onInstall(in, install);
            case Migration.ActivateClient(ClientId client, int moves) -> onActivate(client, moves);
            case Migration.AskMove(ClientId client, int moves) -> onAsk(client, moves);
            case Migration.FindClient(ClientId client) -> onFind(client);
            default -> null;
        };
    }

    /** It ran on another node, and nobody need find it any more. */
    void onGuestEnded(ClientId client) {
        interconnect.places().ended(client);
    }

    // Leaving.

    void onMove(Envelope in, Migration.MoveClient move) {
        Tenants.Tenant tenant = tenants.running(move.client());
        if (tenant == null) {
            Obstacle why = kernel.isBootstrap(move.client()) ? Obstacle.NOT_MIGRATABLE : Obstacle.NOT_HERE;
            reply(in, new Migration.MoveFailed(why, ""));
            return;
        }
        Leaving leaving = tenant.client().leaving();
        Microkernel next = interconnect.microkernelAt(move.to());
        if (kernel == next) {
            reply(in, new Migration.ClientMoved(interconnect.placeOf(tenant.client())));
        } else if (going != null) {
            reply(in, new Migration.MoveFailed(Obstacle.BUSY, "it is on its way already"));
        } else if (leaving.reach() == Leaving.Reach.NOWHERE
                || (leaving.reach() == Leaving.Reach.WITHIN_NODE && next == null)) {
            reply(in, new Migration.MoveFailed(Obstacle.NOT_MIGRATABLE, ""));
        } else if (leaving.reach() == Leaving.Reach.ANYWHERE
                && !tenant.client().memory().shutIfEmpty()) {
            reply(in, new Migration.MoveFailed(Obstacle.NOT_MIGRATABLE, "it holds memory of this node"));
        } else {
            going = new Going(in, move, tenant, interconnect.nanos() + QUIET_NANOS);
            leaving.ask(next, tenant);
            tenant.client().wake();
        }
    }

    private void onRehomed(Rehomed news) {
        Going move = going;
        if (news.done()) {
            tenants.departed(news.client().id());
        }
        if (move != null && move.tenant.client() == news.client()) {
            going = null;
            reply(
                    move.asked,
                    news.done()
                            ? new Migration.ClientMoved(interconnect.placeOf(news.client()))
                            : new Migration.MoveFailed(Obstacle.TILE_TAKEN, ""));
        }
    }

    private void onPacked(Packed news) {
        Going move = going;
        if (move == null || move.tenant.client() != news.client()) {
            throw new IllegalStateException(news.client().id() + " leaves, and nobody has asked it to");
        }
        move.as = news.as();
        move.stopAsked |= news.client().closed(); // Told to end while it packed.
        move.phase = Phase.INSTALLING;
        move.dueNanos = interconnect.nanos() + INSTALL_NANOS;
        long age = interconnect.nanos() - move.tenant.startedNanos();
        var install = new Migration.InstallClient(news.as(), move.tenant.spec(), move.move.supervisorThere(), age);
        move.call = ask(move.move.to(), install, result -> new Migration.InstallFailed(result.sentence()));
        if (move.call == 0) {
            stay(move, Obstacle.BUSY, "its microkernel has too much under way");
        }
    }

    /** Returns the call's number; 0 where there is no room for one more. A refusal is told as an answer. */
    private long ask(Address to, Payload.Request<?> request, Function<SendResult, Payload> refused) {
        long call = shim.responses().reserve();
        if (call != 0) {
            shim.request(to, request, call, 0, null, result -> {
                if (result != SendResult.ACCEPTED) {
                    shim.answerOwnCall(call, refused.apply(result));
                }
            });
        }
        return call;
    }

    private void onInstalled(Going move, Payload answer) {
        switch (answer) {
            case Migration.ClientInstalled(Place place) -> {
                move.place = place;
                move.phase = Phase.ACTIVATING;
                activate(move);
            }
            case Migration.TileTaken taken -> stay(move, Obstacle.TILE_TAKEN, "");
            case Migration.InstallFailed(String why) -> stay(move, Obstacle.NOT_TAKEN, why);
            default -> stay(move, Obstacle.NOT_TAKEN, "the other tile gave no answer that makes sense");
        }
    }

    /** In-tile: how sending an activation ended. */
    private record Refused(SendResult result) implements Payload {}

    private void activate(Going move) {
        PackedClient as = move.as;
        if (as == null) {
            throw new IllegalStateException("what is activated was packed");
        }
        move.dueNanos = interconnect.nanos() + AGAIN_NANOS;
        move.call = ask(move.move.to(), new Migration.ActivateClient(as.client(), as.moves()), Refused::new);
    }

    private void onActivated(Going move, Payload answer) {
        switch (answer) {
            case Migration.ClientActivated done -> left(move);
            case Migration.NotInstalled not -> stay(move, Obstacle.NOT_TAKEN, "the other tile has given it up");
            // That life of the other node is over: whether it ran there or not, it does not any more.
            case Refused(SendResult result)
            when result == SendResult.UNREACHABLE || result == SendResult.NO_SUCH_MAILBOX -> {
                if (interconnect.hasRunSince(
                        move.tenant.client().id(), move.tenant.client().moves() + 1)) {
                    left(move); // Its answer alone was lost: the client has moved on, perhaps to here.
                } else {
                    lost(move);
                }
            }
            default -> move.call = 0; // Said again at an arrival after it is due.
        }
    }

    private void left(Going move) {
        going = null;
        Place place = move.place;
        Client client = move.tenant.client();
        if (place == null) {
            throw new IllegalStateException("what has left was installed somewhere");
        }
        interconnect.places().left(client.id(), place);
        tenants.departed(client.id());
        kernel.release(client);
        tellDeparted(move, place);
        if (move.stopAsked) { // Nobody waits for it: who asked for the stop has had its answer.
            long call = ask(move.move.to(), new Delegation.StopClient(client.id(), Signal.KILL), Refused::new);
            if (call != 0) {
                shim.responses().cancel(call);
            }
        }
        reply(move.asked, new Migration.ClientMoved(place));
    }

    private void tellDeparted(Going move, Place to) {
        ClientId client = move.tenant.client().id();
        forgetTellings(client); // That it came here need not be known any more.
        if (!to.life().equals(interconnect.places().self())) {
            tell(new Telling(move.tenant.supervisor(), client, new Migration.ClientDeparted(client, to)));
        }
    }

    /** Most likely: that it came there, and has moved on since, only others can say. */
    private void lost(Going move) {
        going = null;
        ClientId client = move.tenant.client().id();
        Place place = move.place;
        if (place == null) {
            throw new IllegalStateException("what was to be activated was installed somewhere");
        }
        interconnect.places().left(client, place);
        lost.add(client);
        kernel.ended(move.tenant.client(), LOST_STATUS);
        tellDeparted(move, place); // Its names are at the place that is lost, unless they have gone on from there.
        reply(move.asked, new Migration.MoveFailed(Obstacle.LOST, ""));
    }

    /** It goes on here, a move older: what is under way to its stay before is not taken, as if it had come from elsewhere. */
    private void stay(Going move, Obstacle obstacle, String why) {
        going = null;
        PackedClient as = move.as;
        if (as == null) {
            throw new IllegalStateException("what goes on was packed");
        }
        ClientHost here = host.get();
        try {
            if (here == null) {
                throw new IllegalArgumentException("nothing runs clients here");
            }
            ClientHost.Arrival again = here.install(kernel, move.tenant.spec(), as);
            begin(
                    again,
                    new Tenants.Tenant(
                            again.client(), move.tenant.supervisor(), move.tenant.spec(), move.tenant.startedNanos()));
            if (move.stopAsked) {
                again.client().close();
            }
        } catch (IllegalArgumentException | IllegalStateException e) {
            interconnect.places().ended(as.client());
            kernel.ended(move.tenant.client(), FAILED_STATUS);
        }
        reply(move.asked, new Migration.MoveFailed(obstacle, why));
    }

    private void begin(ClientHost.Arrival arrival, Tenants.Tenant tenant) {
        tenants.arrived(tenant);
        interconnect.attach(arrival.client());
        interconnect.places().stays(arrival.client().id());
        arrival.begin();
    }

    /** Returns whether the client is between two places: it is stopped where it comes to. */
    boolean stop(ClientId client) {
        Going move = going;
        if (move == null || move.as == null || !move.as.client().equals(client)) {
            return false;
        }
        move.stopAsked = true;
        return true;
    }

    /** Whether the end that is told of it is only most likely. */
    boolean isLost(ClientId client) {
        return lost.contains(client);
    }

    /** A client of this tile has ended, perhaps before it could leave. */
    void ended(ClientId client) {
        Address home = interconnect.homeOf(client);
        if (lost.remove(client)) {
            return;
        }
        forgetTellings(client); // That it ended says more.
        if (home != null) {
            interconnect.places().ended(client);
            shim.send(home, new Migration.GuestEnded(client), Sending.UNWATCHED);
        }
        Going move = going;
        if (move != null
                && move.phase == Phase.QUIETING
                && move.tenant.client().id().equals(client)) {
            going = null;
            interconnect.places().ended(client);
            reply(move.asked, new Migration.MoveFailed(Obstacle.NOT_HERE, ""));
        }
    }

    private Payload onAsk(ClientId client, int moves) {
        Going move = going;
        return move != null && move.as != null && move.as.client().equals(client) && move.as.moves() == moves
                ? new Migration.MoveStands()
                : new Migration.MoveIsOver();
    }

    // Arriving.

    private Payload onInstall(Envelope in, Migration.InstallClient install) {
        PackedClient what = install.packed();
        Place place = new Place(interconnect.places().self(), kernel.tile(), what.moves());
        if (kernel.tenant() != null) {
            return new Migration.TileTaken();
        }
        ClientHost here = host.get();
        if (here == null) {
            return new Migration.InstallFailed("nothing runs clients there");
        }
        try {
            ClientHost.Arrival arrival = here.install(kernel, install.spec(), what);
            Address source = new Address(
                    in.from().client(), Client.FIRST_MAILBOX, in.from().tile());
            coming = new Coming(install, source, arrival, interconnect.nanos() + AGAIN_NANOS);
            return new Migration.ClientInstalled(place);
        } catch (IllegalStateException e) {
            return new Migration.TileTaken();
        } catch (IllegalArgumentException e) {
            return new Migration.InstallFailed(String.valueOf(e.getMessage()));
        }
    }

    private Payload onActivate(ClientId client, int moves) {
        Coming ready = coming;
        if (ready == null || !ready.is(client, moves)) {
            return activated.getOrDefault(client, -1) >= moves
                    ? new Migration.ClientActivated()
                    : new Migration.NotInstalled();
        }
        coming = null;
        activated.remove(client);
        activated.put(client, moves);
        if (activated.size() > MOST_REMEMBERED) {
            activated.remove(activated.keySet().iterator().next());
        }
        Migration.InstallClient install = ready.install;
        long started = interconnect.nanos() - install.ageNanos();
        begin(ready.arrival, new Tenants.Tenant(ready.arrival.client(), install.supervisor(), install.spec(), started));
        var running = new Delegation.RunningClient(client, install.supervisor(), install.spec(), started);
        forgetTellings(client); // That it once left this tile need not be known any more.
        tell(new Telling(install.supervisor(), client, new Migration.ClientArrived(running, kernel.tile(), moves)));
        return new Migration.ClientActivated();
    }

    /** Who asks the supervisor of the client is to find it. */
    private void tell(Telling telling) {
        long call = ask(telling.supervisor(), telling.news(), Refused::new);
        tellings.put(call == 0 ? --lastUnasked : call, telling);
        if (tellings.size() > MOST_REMEMBERED) {
            long oldest = tellings.keySet().iterator().next(); // Of supervisors that never ask.
            if (oldest <= 0 || shim.responses().cancel(oldest)) {
                tellings.remove(oldest);
            }
        }
    }

    private void forgetTellings(ClientId client) {
        for (Map.Entry<Long, Telling> told : List.copyOf(tellings.entrySet())) {
            if (told.getValue().client().equals(client)) {
                tellings.remove(told.getKey());
                if (told.getKey() > 0) {
                    // False: the answer is in, and whoever takes it gives the slot back.
                    shim.responses().cancel(told.getKey());
                }
            }
        }
    }

    private void onTold(Telling telling, Payload answer) {
        // What else was refused: that supervisor's life is over, and the next one asks all its tiles.
        if (answer instanceof Refused(SendResult result) && result == SendResult.QUEUE_FULL) {
            tellings.put(--lastUnasked, telling);
        }
    }

    private void onAsked(Coming ready, Payload answer) {
        boolean over = answer instanceof Migration.MoveIsOver
                // That life of the other node is over, and it has not said that this is to run.
                || (answer instanceof Refused(SendResult result)
                        && (result == SendResult.UNREACHABLE || result == SendResult.NO_SUCH_MAILBOX));
        ready.call = 0;
        if (over) {
            coming = null;
            kernel.release(ready.arrival.client());
            ready.arrival.discard();
        }
    }

    // Searching.

    private Payload onFind(ClientId client) {
        if (interconnect.places().isLeaving(client)) {
            return new Migration.ClientIsMoving();
        }
        Place last = interconnect.lastPlace(client);
        if (last != null) {
            return new Migration.ClientSeen(last);
        }
        return interconnect.places().isOver(client) ? new Migration.ClientIsOver() : new Migration.ClientUnknown();
    }

    // Answers, and what is overdue.

    void answered(Envelope answer) {
        Going move = going;
        Coming ready = coming;
        Telling told = tellings.remove(answer.call());
        if (told != null) {
            onTold(told, answer.payload());
        } else if (move != null && move.call == answer.call()) {
            if (move.phase == Phase.INSTALLING) {
                onInstalled(move, answer.payload());
            } else {
                onActivated(move, answer.payload());
            }
        } else if (ready != null && ready.call == answer.call()) {
            onAsked(ready, answer.payload());
        }
    }

    /**
     * Sees to what has waited too long. There is no timer here (§3.1): it is asked whenever something has arrived, and the
     * supervisors of a move, who are told nothing meanwhile, ask the tiles that they supervise what runs there.
     */
    void attendOverdue(long now) {
        Going move = going;
        if (move != null && now - move.dueNanos >= 0) {
            onLate(move);
        }
        Coming ready = coming;
        if (ready != null
                && now - ready.dueNanos >= 0
                && (ready.call == 0 || shim.responses().cancel(ready.call))) {
            ready.dueNanos = now + AGAIN_NANOS;
            PackedClient what = ready.install.packed();
            ready.call = ask(ready.source, new Migration.AskMove(what.client(), what.moves()), Refused::new);
        }
    }

    /** Somebody asks what runs here, and so has perhaps not taken the news of an arrival or a departure. */
    void tellAgain() {
        for (Map.Entry<Long, Telling> told : List.copyOf(tellings.entrySet())) {
            if (told.getKey() <= 0 || shim.responses().cancel(told.getKey())) {
                tellings.remove(told.getKey());
                tell(told.getValue());
            }
        }
    }

    private void onLate(Going move) {
        switch (move.phase) {
            case QUIETING -> {
                if (move.tenant.client().leaving().withdraw()) {
                    going = null;
                    move.tenant.client().memory().open();
                    move.tenant.client().wake();
                    reply(move.asked, new Migration.MoveFailed(Obstacle.BUSY, "it waits for answers; try again"));
                } else {
                    move.dueNanos = interconnect.nanos() + QUIET_NANOS; // It has just begun to go.
                }
            }
            case INSTALLING -> {
                if (shim.responses().cancel(move.call)) {
                    stay(move, Obstacle.NOT_TAKEN, "the other tile does not answer");
                }
            }
            case ACTIVATING -> {
                if (move.call == 0 || shim.responses().cancel(move.call)) {
                    activate(move);
                }
            }
        }
    }

    boolean isEmpty() {
        return going == null && coming == null;
    }

    private void reply(Envelope in, Payload answer) {
        shim.reply(in.from(), in.call(), answer, in.trace(), Sending.UNWATCHED);
    }
}
