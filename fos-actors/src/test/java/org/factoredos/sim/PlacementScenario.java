package org.factoredos.sim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.RightKind;
import org.factoredos.naming.NameFront;
import org.factoredos.naming.NameOwner;
import org.factoredos.naming.NameProtocol;
import org.factoredos.naming.NameProtocol.Flags;
import org.factoredos.placement.PlacementProtocol.ListProcesses;
import org.factoredos.placement.PlacementProtocol.ListTiles;
import org.factoredos.placement.PlacementProtocol.ProcessStatus;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.PlacementProtocol.Reach;
import org.factoredos.placement.PlacementProtocol.TileStatus;
import org.factoredos.placement.PlacementProtocol.TilesListed;
import org.factoredos.placement.PlacementServer;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Movable;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.factoredos.sim.SimTile.Serving;
import org.jspecify.annotations.Nullable;

/**
 * The placement fleet over real microkernels and names: processes start, are waited for, signalled and moved, and die by
 * themselves, while nodes crash and pause, the wire misbehaves and all placement servers fail at once.
 */
final class PlacementScenario extends Scenario {
    private static final int USERS = 2;
    private static final int QUOTA = 7;
    /**
     * After which everything is to have been told, and told again: every tile is looked at each five seconds, and a node that was
     * condemned last is removed, one lease more passes, and the names of whoever ran there stay ten seconds at most from then on.
     */
    private static final long CALM_NANOS = 45 * World.SECOND;

    private final Map<Incarnation, Server> servers = new TreeMap<>();
    private final Map<ClientId, Incarnation> workers = new LinkedHashMap<>();
    private final Map<Incarnation, List<NameProtocol.Entry>> names = new TreeMap<>();
    private final Map<Incarnation, Allowing> privileges = new TreeMap<>();
    private int spawned;
    private int waited;
    private int others;
    private @Nullable String broken;

    PlacementScenario(long seed, Variant variant) {
        super(seed, variant, Reserved.NAME_SLICES);
    }

    @Override
    Reserved place(int slice) {
        return Reserved.nameOwner(slice);
    }

    @Override
    OwnerLife owner(int slice, SimNode node) {
        return new OwnerLife(
                new NameOwner(slice, node.self()), slice, node.self(), Reserved.nameOwner(slice), Reserved.NAME_FRONT);
    }

    @Override
    String domain(int client) {
        return "operator";
    }

    @Override
    void boot(SimNode node) {
        Incarnation self = node.self();
        node.tile(Reserved.NAME_FRONT.tile(self.node(), grid))
                .serve(Serving.as(Reserved.NAME_FRONT.domain()), new NameFront(self, leased(node), Optional.empty()));
        Address front = Reserved.NAME_FRONT.address(self, grid);
        node.interconnect().microkernels().forEach(kernel -> kernel.delegateNamesTo(front));
        Allowing allowing = new Allowing();
        privileges.put(self, allowing);
        node.tile(Reserved.PRIVILEGE_FRONT.tile(self.node(), grid))
                .serve(Serving.as(Reserved.PRIVILEGE_FRONT.domain()), allowing);
        List<TileId> tiles = grid.tilesOf(self.node());
        TreeMap<TileId, String> given = new TreeMap<>();
        for (TileId tile : tiles.subList(Reserved.COUNT, Reserved.COUNT + USERS)) {
            given.put(tile, "user");
        }
        serveFront(node, Reserved.PLACEMENT, Serving.as(Reserved.PLACEMENT.domain()), () -> {
            PlacementServer server = new PlacementServer(self, grid, program -> true, given);
            servers.put(self, server);
            return server;
        });
        for (TileId tile : tiles.subList(Reserved.COUNT + USERS, tiles.size())) {
            node.tile(tile).run(Serving.as("operator"), spec -> new Worker(front, self));
        }
        node.after(World.SECOND, "die", () -> dieOn(node));
    }

    /** Something ends by itself from time to time. */
    private void dieOn(SimNode node) {
        List<ClientId> here = workers.keySet().stream()
                .filter(id -> node.interconnect().client(id) != null)
                .toList();
        if (!here.isEmpty() && world.nanos() < HOSTILE_NANOS) {
            var client = node.interconnect().client(here.get(world.random(here.size())));
            if (client != null) {
                client.close();
            }
        }
        node.after(world.between(0, 4 * World.SECOND), "die", () -> dieOn(node));
    }

    @Override
    void ownFault() {
        if (world.chance(500)) {
            failFronts();
        } else {
            super.ownFault();
        }
    }

    @Override
    User user(Address self, String domain, Incarnation life) {
        return new PlacementUser(self, life, world.split(), this);
    }

    void spawned() {
        spawned++;
    }

    void waited() {
        waited++;
    }

    void other(Payload request, Response response) {
        others++;
    }

    void named(Incarnation by, List<NameProtocol.Entry> entries) {
        names.put(by, entries);
    }

    @Override
    @Nullable
    String epilogue() {
        world.run(CALM_NANOS);
        return askLast();
    }

    @Override
    @Nullable
    String judgement() {
        if (broken != null) {
            return broken;
        }
        Set<ClientId> living = new TreeSet<>();
        for (ClientId worker : workers.keySet()) {
            List<SimNode> places = cluster.nodes().stream()
                    .filter(node -> !node.ended() && node.interconnect().client(worker) != null)
                    .toList();
            if (places.size() > 1) {
                return worker + " runs on " + places.size() + " nodes";
            }
            if (!places.isEmpty()) {
                living.add(worker);
            }
        }
        int listed = 0;
        for (SimNode node : cluster.nodes()) {
            if (lives(node.self())) {
                String wrong = judge(node, living);
                if (wrong != null) {
                    return wrong;
                }
                listed += taken(node).size();
            }
        }
        if (listed != living.size()) {
            return listed + " tiles are held and " + living + " run";
        }
        return judgeNames(living);
    }

    private Set<TileId> taken(SimNode node) {
        Set<TileId> taken = new TreeSet<>();
        for (TileStatus status : ((TilesListed) ask(node, new ListTiles(Reach.NODE))).tiles()) {
            if (status.client().equals(PlacementUser.WORKER)) {
                taken.add(status.tile());
            }
        }
        return taken;
    }

    private @Nullable String judge(SimNode node, Set<ClientId> living) {
        Set<TileId> taken = taken(node);
        Set<TileId> held = new TreeSet<>();
        for (ClientId worker : living) {
            var client = node.interconnect().client(worker);
            if (client != null && !held.add(client.tile())) {
                return client.tile() + " has two clients";
            }
        }
        if (!taken.equals(held)) {
            return node.self() + " believes " + taken + " to be held, and " + held + " are";
        }
        if (taken.size() > QUOTA) {
            return node.self() + " alone gave one domain " + taken.size() + " tiles of " + QUOTA;
        }
        for (ProcessStatus process : ((ProcessesListed) ask(node, new ListProcesses(Reach.NODE))).processes()) {
            if (!living.contains(process.process().client())) {
                return node.self() + " lists " + process + ", which is over";
            }
        }
        return null;
    }

    private @Nullable String judgeNames(Set<ClientId> living) {
        for (Map.Entry<Incarnation, List<NameProtocol.Entry>> each : names.entrySet()) {
            List<NameProtocol.Entry> left = lives(each.getKey())
                    ? each.getValue().stream()
                            .filter(entry ->
                                    entry.mailboxes().stream().anyMatch(mailbox -> !living.contains(mailbox.client())))
                            .toList()
                    : List.of();
            if (!left.isEmpty()) {
                return each.getKey() + " finds " + left + ", and their clients are over";
            }
        }
        return null;
    }

    /** What the node's placement server says at once. */
    private Payload ask(SimNode node, Payload request) {
        Server server = servers.get(node.self());
        Address self = Reserved.PLACEMENT.address(node.self(), grid);
        List<Effect> effects = new ArrayList<>();
        if (server != null) {
            effects.addAll(server.on(
                    new Envelope(self, self, "sys:test", Envelope.Kind.REQUEST, 1, 0, request, null), node.nanos()));
        }
        return effects.stream()
                .filter(Effect.Reply.class::isInstance)
                .map(effect -> ((Effect.Reply) effect).answer())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(node.self() + " answers nothing to " + request));
    }

    @Override
    String counts() {
        return spawned + " spawned, " + workers.size() + " started, " + waited + " waited for, " + others + " others";
    }

    /** Says yes, but to more tiles than a domain may hold. */
    private static final class Allowing implements Server {
        @Override
        public List<Effect> on(Envelope in, long nanos) {
            if (!(in.payload() instanceof PrivilegeProtocol.AskRight asked)) {
                return List.of();
            }
            boolean allowed = asked.kind() != RightKind.TILES || Integer.parseInt(asked.target()) <= QUOTA;
            return List.of(Call.of(in, asked)
                    .reply(allowed ? new PrivilegeProtocol.RightAllowed() : new PrivilegeProtocol.RightDenied()));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }

    record State() implements Payload {}

    private record Naming() implements Continuation {}

    /** A process: it has a name, tries once to get it, and can move. */
    private final class Worker implements Movable {
        private final Address names;
        private final Incarnation where;

        Worker(Address names, Incarnation where) {
            this.names = names;
            this.where = where;
        }

        @Override
        public List<Effect> arrived(Address requests, long nanos) {
            workers.put(requests.client(), where);
            String name = "worker:w" + requests.client().toString().replaceAll("[^0-9]", "-");
            return List.of(new Effect.Call(
                    names,
                    new NameProtocol.RegisterName(requests, name, Flags.SINGLE),
                    new Naming(),
                    5 * World.SECOND));
        }

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            return List.of();
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }

        @Override
        public Payload snapshot() {
            return new State();
        }

        @Override
        public void restore(Payload snapshot) {}
    }
}
