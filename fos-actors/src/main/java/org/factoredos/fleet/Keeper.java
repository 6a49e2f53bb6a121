package org.factoredos.fleet;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import org.factoredos.fleet.KeepingProtocol.LoadNoted;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Name;
import org.factoredos.naming.NameError;
import org.factoredos.naming.NameProtocol;
import org.factoredos.placement.PlacementProtocol;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.server.Continuation;
import org.factoredos.server.Demand;
import org.factoredos.server.Effect;
import org.factoredos.server.ElasticProtocol;
import org.factoredos.server.Response;

/**
 * Keeps up the numbers of a user's fleet (§3.2): each of its servers has one, and that of the oldest acts.
 *
 * <p>Twice a second it looks at the fleet's name. The directory drops from it what has ended, with its node too, so the name
 * says who is there, and who is the oldest. That one starts a server where there are too few, on the node that has the fewest
 * of them, and takes the youngest away where there are more than are needed. Others tell it how much waits at them. A server that
 * finds itself out of the name, because its node was thought dead, enters it again. Who is cut off from the directory does nothing.
 */
final class Keeper {
    private static final Name NAMES = new Name("sys:names");
    private static final String PLACEMENT = "sys:placement";
    private static final long PATIENCE_NANOS = 2_000_000_000L;
    private static final long SPAWN_PATIENCE_NANOS = 10_000_000_000L;
    /** A process that has not entered the name by then never will. */
    private static final long START_NANOS = 15_000_000_000L;

    private static final long FIRST_REST_NANOS = 500_000_000L;
    /** Of a jar that is not there any more nobody's log is to be filled. */
    private static final long LONGEST_REST_NANOS = 30_000_000_000L;

    private static final int MOST_DOUBLED = 6;

    sealed interface Parked extends Continuation {
        record Looking() implements Parked {}

        record Resolving() implements Parked {}

        record Entering() implements Parked {}

        record FindingNodes() implements Parked {}

        record Spawning() implements Parked {}

        /** Out of the name. */
        record Leaving(Address server) implements Parked {}

        record Retiring() implements Parked {}
    }

    /** Which was started at {@code nanos}, and is not in the name. */
    private record Starting(long nanos, NodeId node) {}

    private final String name;
    private final Address self;
    private final KeptServer.Bounds bounds;
    private final ProcessSpec spec;
    private final IntSupplier queued;
    private final Map<Address, Integer> loads = new LinkedHashMap<>();
    private final Map<ClientId, Starting> starting = new LinkedHashMap<>();
    private Demand demand = new Demand();
    private List<Address> members = List.of();
    private int wanted;
    private int failures;
    private long notBefore = Long.MIN_VALUE;
    private boolean leads;
    private boolean resolving;
    private boolean spawning;
    private boolean shrinking;
    private boolean stopped;

    /** {@code spec}: a further server; {@code queued}: how much waits at this one. */
    Keeper(String name, Address self, KeptServer.Bounds bounds, ProcessSpec spec, IntSupplier queued) {
        this.name = name;
        this.self = self;
        this.bounds = bounds;
        this.spec = spec;
        this.queued = queued;
    }

    /** This server is to leave: it enters the name no more. */
    void stop() {
        stopped = true;
    }

    void noted(LoadNoted load) {
        if (members.contains(load.server())) {
            loads.put(load.server(), load.queued());
        }
    }

    /** Whatever it had parked is lost, if it had begun before. */
    List<Effect> begin() {
        resolving = false;
        spawning = false;
        shrinking = false;
        return look();
    }

    private List<Effect> look() {
        List<Effect> effects = new ArrayList<>();
        if (!stopped) {
            effects.add(new Effect.Timer(new Parked.Looking(), Demand.LOOK_NANOS));
            if (!resolving) {
                resolving = true;
                effects.add(resolve(name, new Parked.Resolving()));
            }
        }
        return effects;
    }

    private static Effect resolve(String name, Parked parked) {
        return new Effect.Call(NAMES, new NameProtocol.ResolveName(name), parked, PATIENCE_NANOS);
    }

    List<Effect> on(Parked parked, Response response, long nanos) {
        return switch (parked) {
            case Parked.Looking looking -> look();
            case Parked.Resolving asked -> {
                resolving = false;
                yield onResolved(response, nanos);
            }
            case Parked.Entering entering -> onEntered();
            case Parked.FindingNodes finding -> onNodes(response, nanos);
            case Parked.Spawning asked -> onSpawned(response, nanos);
            case Parked.Leaving(Address server) -> onLeft(server, response);
            case Parked.Retiring retiring -> {
                shrinking = false; // If it has not heard of it, it enters the name again, and is one too many.
                yield List.of();
            }
        };
    }

    /** The next look shows whether it has; one that was told to leave meanwhile does not look any more. */
    private List<Effect> onEntered() {
        return stopped
                ? List.of(new Effect.Call(
                        NAMES, new NameProtocol.DeleteSpecificName(name, self), new Parked.Retiring(), PATIENCE_NANOS))
                : List.of();
    }

    private List<Effect> onResolved(Response response, long nanos) {
        List<Address> there;
        if (response instanceof Response.Answered(NameProtocol.NameResolved(var entry))) {
            there = entry.mailboxes();
        } else if (response instanceof Response.Answered(NameProtocol.Refused(NameError error))
                && error == NameError.NO_SUCH_NAME) {
            there = List.of();
        } else {
            return List.of();
        }
        if (stopped) {
            return List.of();
        }
        members = there; // In the order in which they entered: who comes, or comes back, takes nobody's place.
        if (!members.contains(self)) {
            return List.of(new Effect.Call(
                    NAMES,
                    new NameProtocol.RegisterName(self, name, NameProtocol.Flags.FLEET),
                    new Parked.Entering(),
                    PATIENCE_NANOS));
        }
        if (!members.getFirst().equals(self)) {
            leads = false;
            return List.of(new Effect.Send(members.getFirst(), new LoadNoted(self, queued.getAsInt()), null));
        }
        if (!leads) {
            lead();
        }
        return keep(nanos);
    }

    /** From now on this one acts: what an older one had begun it does not know. */
    private void lead() {
        leads = true;
        starting.clear();
        loads.clear();
        demand = new Demand();
        wanted = bounds.clamp(members.size());
    }

    private List<Effect> keep(long nanos) {
        loads.keySet().retainAll(members);
        loads.put(self, queued.getAsInt());
        long waiting = loads.values().stream().mapToLong(Integer::longValue).sum();
        wanted = bounds.clamp(
                switch (demand.look(waiting, members.size())) {
                    case ONE_MORE -> wanted + 1;
                    case ONE_FEWER -> wanted - 1;
                    case AS_MANY -> wanted;
                });
        for (Address member : members) {
            if (starting.remove(member.client()) != null) {
                failures = 0;
            }
        }
        if (starting.values().removeIf(one -> nanos - one.nanos() > START_NANOS)) {
            failed(nanos);
        }
        int there = members.size() + starting.size();
        if (there < wanted && !spawning && nanos >= notBefore) {
            spawning = true;
            return List.of(resolve(PLACEMENT, new Parked.FindingNodes()));
        }
        if (members.size() > wanted && starting.isEmpty() && !spawning && !shrinking) {
            shrinking = true;
            Address youngest = members.getLast();
            return List.of(new Effect.Call(
                    NAMES,
                    new NameProtocol.DeleteSpecificName(name, youngest),
                    new Parked.Leaving(youngest),
                    PATIENCE_NANOS));
        }
        return List.of();
    }

    private void failed(long nanos) {
        notBefore = nanos + Math.min(LONGEST_REST_NANOS, FIRST_REST_NANOS << Math.min(failures, MOST_DOUBLED));
        failures++;
    }

    private List<Effect> onNodes(Response response, long nanos) {
        Address placement = response instanceof Response.Answered(NameProtocol.NameResolved(var entry))
                ? entry.mailboxes().stream()
                        .min(Comparator.comparingInt((Address server) ->
                                        serversOn(server.tile().node()))
                                .thenComparing(server -> server.tile().node()))
                        .orElse(null)
                : null;
        if (placement == null) {
            spawning = false;
            failed(nanos);
            return List.of();
        }
        return List.of(new Effect.Call(
                placement,
                new PlacementProtocol.SpawnProcess(spec, placement.tile(), 0, 1),
                new Parked.Spawning(),
                SPAWN_PATIENCE_NANOS));
    }

    private int serversOn(NodeId node) {
        long running = members.stream()
                .filter(member -> member.tile().node().equals(node))
                .count();
        long coming = starting.values().stream()
                .filter(one -> one.node().equals(node))
                .count();
        return Math.toIntExact(running + coming);
    }

    private List<Effect> onSpawned(Response response, long nanos) {
        spawning = false;
        if (response instanceof Response.Answered(PlacementProtocol.ProcessSpawned spawned)) {
            starting.put(
                    spawned.process().client(),
                    new Starting(nanos, spawned.tile().node()));
        } else {
            failed(nanos); // If it was started all the same, it is one too many, and goes.
        }
        return List.of();
    }

    private List<Effect> onLeft(Address server, Response response) {
        boolean left = response instanceof Response.Answered(NameProtocol.DeleteReply deleted) && deleted.isOut();
        if (!left) {
            shrinking = false;
            return List.of();
        }
        return List.of(new Effect.Call(server, new ElasticProtocol.Retire(), new Parked.Retiring(), PATIENCE_NANOS));
    }
}
