package org.factoredos.sim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Migration;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Place;
import org.factoredos.kernel.SendResult;
import org.factoredos.naming.NameFront;
import org.factoredos.naming.NameOwner;
import org.factoredos.naming.NameProtocol;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.RunLoop;
import org.factoredos.server.Server;
import org.factoredos.sim.SimTile.Serving;
import org.factoredos.sim.Wanderer.Numbered;
import org.factoredos.sim.Wanderer.Received;
import org.factoredos.sim.Wanderer.Start;
import org.jspecify.annotations.Nullable;

/**
 * Wanderers that move again and again between tiles and nodes while senders hammer them, by the addresses of their first
 * tiles and by their names, and nodes crash, pause and are given up over a hostile wire.
 */
final class MoveScenario extends Scenario {
    private static final int ROWS = 6;
    private static final int SENDERS_PER_LIFE = 2;
    private static final int FIRST_SENDER = Reserved.COUNT + 2;
    private static final int FIRST_FREE = FIRST_SENDER + SENDERS_PER_LIFE;
    /** Of a last message that nobody has had to take yet. */
    private static final long LAST_PATIENCE = 60 * World.SECOND;

    private final Map<ClientId, Wandering> wanderers = new LinkedHashMap<>();
    private final List<Sender> senders = new ArrayList<>();
    private final Map<ClientId, List<Received>> received = new LinkedHashMap<>();
    private final Map<ClientId, Place> lastTold = new LinkedHashMap<>();
    private final Map<ClientId, Integer> ends = new LinkedHashMap<>();
    private final Set<Integer> wasNamed = new TreeSet<>();
    private final Map<Integer, Named> names = new TreeMap<>();
    private final Set<Incarnation> condemned = new TreeSet<>();
    private boolean over;
    private int moves;
    private int refusedMoves;
    private int lastNumber;
    private int outlived;
    private @Nullable String broken;

    private record Wandering(ClientId id, Address firstMailbox, int number) {
        String name() {
            return Wanderer.nameOf(number);
        }
    }

    /**
     * A wanderer's name leads to it, and has done so without a break.
     *
     * @param where the life of a node that its name was told of last, and those that it has tried to tell of since; an owner
     *     may drop what is mapped to a life that was given up
     */
    private record Named(Set<Incarnation> where, long sinceNanos) {}

    /** One client's messages to one wanderer in one way, whose order is promised. */
    private record Stream(ClientId to, int way) {}

    private static final class Sender {
        final SimNode node;
        final Client client;
        final Map<Stream, List<@Nullable SendResult>> results = new LinkedHashMap<>();

        Sender(SimNode node, Client client) {
            this.node = node;
            this.client = client;
        }
    }

    MoveScenario(long seed, Variant variant) {
        super(seed, variant, Reserved.NAME_SLICES, ROWS);
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
    User user(Address self, String domain, Incarnation life) {
        return new Silent();
    }

    @Override
    void boot(SimNode node) {
        serveFront(
                node,
                Reserved.NAME_FRONT,
                Serving.as("sys:name"),
                () -> new NameFront(node.self(), leased(node), Optional.empty()));
        Address front = Reserved.NAME_FRONT.address(node.self(), grid);
        node.interconnect().microkernels().forEach(kernel -> kernel.delegateNamesTo(front));
        Supervisor supervisor = new Supervisor(node);
        RunLoop supervising = node.tile(Reserved.PLACEMENT.tile(node.self().node(), grid))
                .serve(Serving.as("sys:placement"), supervisor)
                .loop();
        supervising.tell(new MoveOne(), new Response.DeadlinePassed());
        supervising.tell(new LookAround(), new Response.DeadlinePassed());
        List<TileId> tiles = grid.tilesOf(node.self().node());
        for (TileId tile : tiles.subList(FIRST_FREE, tiles.size())) {
            node.tile(tile)
                    .run(
                            Serving.as("sys:wanderer"),
                            spec -> new Wanderer(
                                    (Start) spec,
                                    front,
                                    what -> onReceived(node, what),
                                    () -> onNaming(((Start) spec).number(), node.self()),
                                    () -> onNamed(((Start) spec).number(), node.self())));
        }
        for (int i = 0; i < SENDERS_PER_LIFE; i++) {
            Client client = node.tile(tiles.get(FIRST_SENDER + i)).kernel().open("user", 16, () -> {});
            Sender sender = new Sender(node, client);
            senders.add(sender);
            node.after(world.between(0, World.SECOND), "send", () -> sendOn(sender));
        }
        supervisor.toStart = tiles.get(FIRST_FREE);
    }

    private void onNaming(int number, Incarnation where) {
        Named named = names.get(number);
        if (condemned.contains(where)) {
            names.remove(number);
        } else if (named != null) {
            named.where().add(where);
        }
    }

    private void onNamed(int number, Incarnation where) {
        wasNamed.add(number);
        Named before = names.get(number);
        if (!condemned.contains(where)) {
            names.put(
                    number,
                    new Named(new TreeSet<>(Set.of(where)), before == null ? world.nanos() : before.sinceNanos()));
        }
    }

    @Override
    void condemned(Incarnation life) {
        condemned.add(life);
        names.values().removeIf(named -> named.where().contains(life));
    }

    private void onReceived(SimNode node, Received what) {
        List<Received> all = received.computeIfAbsent(what.by(), by -> new ArrayList<>());
        if (what.before() != all.size()) {
            broken = what.by() + " on " + node.self() + " knows of " + what.before() + " messages before " + what
                    + ", and has had " + all.size();
        }
        all.add(what);
    }

    /** Its name is not promised any more; one whose end is not certain may live on, and has its name as it says so. */
    private void onEnded(Delegation.ClientEnded ended) {
        Wandering wandering = wanderers.get(ended.client());
        if (wandering != null && (ended.certain() || placesOf(ended.client()).isEmpty())) {
            names.remove(wandering.number());
        }
    }

    // Senders.

    private void sendOn(Sender sender) {
        if (over) {
            return;
        }
        List<Wandering> all = List.copyOf(wanderers.values());
        if (!all.isEmpty()) {
            // Mostly the latest, for those of lives that are over are gone.
            int back = world.random(world.chance(100) ? all.size() : Math.min(3, all.size()));
            Wandering to = all.get(all.size() - 1 - back);
            int way = wasNamed.contains(to.number()) ? world.random(2) : 0;
            for (int i = world.random(4); i >= 0; i--) {
                send(sender, to, way);
            }
        }
        sender.node.after(world.between(0, 60 * World.MILLISECOND), "send", () -> sendOn(sender));
    }

    private void send(Sender sender, Wandering to, int way) {
        List<@Nullable SendResult> results =
                sender.results.computeIfAbsent(new Stream(to.id(), way), stream -> new ArrayList<>());
        int number = results.size();
        long sentNanos = world.nanos();
        results.add(null);
        Destination destination = way == 0 ? to.firstMailbox() : new Name(to.name());
        sender.client.send(destination, new Numbered(way, number), result -> {
            if (results.get(number) != null) {
                broken = sender.client.id() + " is told twice how its send " + number + " to " + to + " ended";
            }
            results.set(number, result);
            Named named = names.get(to.number());
            if (result == SendResult.NO_SUCH_NAME && named != null && named.sinceNanos() < sentNanos) {
                broken = sender.client.id() + " to " + to + ": message " + number + " came to " + result + ", and "
                        + named + " has the name";
            }
        });
    }

    // Moving.

    /** Starts one wanderer, lets those of its node move, and hears of arrivals and ends. */
    private final class Supervisor implements Server {
        private final SimNode node;
        private @Nullable TileId toStart;

        Supervisor(SimNode node) {
            this.node = node;
        }

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            return switch (in.payload()) {
                case Delegation.ClientEnded ended -> {
                    ends.put(ended.client(), ended.status());
                    onEnded(ended);
                    yield ended.certain()
                            ? tellNames(
                                    new NameProtocol.ForgetClient(ended.client()),
                                    Call.of(in, ended).reply(new Delegation.EndNoted()))
                            : List.of(Call.of(in, ended).reply(new Delegation.EndNoted()));
                }
                case Migration.ClientArrived arrived -> {
                    ClientId client = arrived.client().client();
                    Place here = new Place(node.self(), arrived.tile(), arrived.moves());
                    lastTold.merge(client, here, (one, other) -> one.isLaterThan(other) ? one : other);
                    yield tellNames(
                            new NameProtocol.NoteMoved(client, here),
                            Call.of(in, arrived).reply(new Migration.ArrivalNoted()));
                }
                case Migration.ClientDeparted departed ->
                    tellNames(
                            new NameProtocol.NoteMoved(departed.client(), departed.to()),
                            Call.of(in, departed).reply(new Migration.DepartureNoted()));
                default -> List.of();
            };
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return switch (continuation) {
                case MoveOne next -> moveOne();
                case LookAround again -> lookAround();
                case Telling(Effect noted) ->
                    response instanceof Response.Answered(NameProtocol.Reply told)
                                    && !(told instanceof NameProtocol.Refused)
                            ? List.of(noted)
                            : List.of();
                case Started(int number) -> {
                    if (response instanceof Response.Answered(Delegation.ClientStarted(ClientId id, Address first))) {
                        wanderers.put(id, new Wandering(id, first, number));
                        lastTold.putIfAbsent(id, new Place(node.self(), first.tile(), 0));
                    }
                    yield List.of();
                }
                case Moved asked -> {
                    if (response instanceof Response.Answered(Migration.ClientMoved moved)) {
                        moves++;
                    } else {
                        refusedMoves++;
                    }
                    yield List.of();
                }
                default -> List.of();
            };
        }

        /** As the placement fleet does: microkernels have no timer, and tell again what was not taken when they are asked. */
        private List<Effect> lookAround() {
            List<Effect> effects = new ArrayList<>();
            effects.add(new Effect.Timer(new LookAround(), 2 * World.SECOND));
            List<TileId> tiles = grid.tilesOf(node.self().node());
            for (TileId tile : tiles.subList(FIRST_FREE, tiles.size())) {
                effects.add(new Effect.Call(
                        Address.ofShim(node.self(), grid, tile),
                        new Delegation.ListClients(),
                        new Looked(),
                        World.SECOND));
            }
            return effects;
        }

        /** As the placement fleet does: the tile tells again what the name fleet has not confirmed. */
        private List<Effect> tellNames(NameProtocol.Request<?> news, Effect noted) {
            return List.of(new Effect.Call(
                    Reserved.NAME_FRONT.address(node.self(), grid), news, new Telling(noted), 16 * World.SECOND));
        }

        private List<Effect> moveOne() {
            List<Effect> effects = new ArrayList<>();
            if (over) {
                return effects;
            }
            effects.add(new Effect.Timer(new MoveOne(), world.between(10, 300) * World.MILLISECOND));
            Address self = Reserved.PLACEMENT.address(node.self(), grid);
            TileId start = toStart;
            if (start != null && node.membership() != null) {
                toStart = null;
                int number = ++lastNumber;
                effects.add(new Effect.Call(
                        Address.ofShim(node.self(), grid, start),
                        new Delegation.StartClient(new Start(number), self),
                        new Started(number),
                        World.SECOND));
            }
            List<Client> here = wanderers.keySet().stream()
                    .map(id -> node.interconnect().client(id))
                    .filter(Objects::nonNull)
                    .toList();
            if (!here.isEmpty() && node.membership() != null) {
                Client one = here.get(world.random(here.size()));
                List<Incarnation> up = List.copyOf(node.membership().up());
                Incarnation to = up.get(world.random(up.size()));
                List<TileId> tiles = grid.tilesOf(to.node());
                TileId tile = tiles.get(FIRST_FREE + world.random(tiles.size() - FIRST_FREE));
                effects.add(new Effect.Call(
                        Address.ofShim(node.self(), grid, one.tile()),
                        new Migration.MoveClient(
                                one.id(), Address.ofShim(to, grid, tile), Reserved.PLACEMENT.address(to, grid)),
                        new Moved(),
                        20 * World.SECOND));
            }
            return effects;
        }
    }

    private record MoveOne() implements Continuation {}

    private record LookAround() implements Continuation {}

    private record Looked() implements Continuation {}

    private record Telling(Effect noted) implements Continuation {}

    private record Started(int number) implements Continuation {}

    private record Moved() implements Continuation {}

    // Judging.

    /** Whoever is left has its name, and takes a message more, from everybody and in both ways. */
    @Override
    @Nullable
    String epilogue() {
        over = true;
        world.run(5 * World.SECOND);
        List<Wandering> left = wanderers.values().stream()
                .filter(wandering -> placesOf(wandering.id()).size() == 1)
                .toList();
        if (!cameTrue(() -> left.stream().allMatch(this::isNamedWhereItIs), LAST_PATIENCE)) {
            return "though all is well, some have no name: "
                    + left.stream().filter(to -> !isNamedWhereItIs(to)).toList() + " of " + names;
        }
        outlived = (int) left.stream().filter(to -> !homeLives(to)).count();
        List<Sender> living =
                senders.stream().filter(sender -> lives(sender.node.self())).toList();
        for (int round = 0; round < 2; round++) { // The first may meet entries of names that are no more.
            for (Wandering to : left) {
                for (int way = 0; way < 2; way++) {
                    for (Sender sender : living) {
                        send(sender, to, way);
                    }
                }
            }
            if (!cameTrue(() -> living.stream().allMatch(MoveScenario::allEnded), LAST_PATIENCE)) {
                return "though all is well, some send has no result";
            }
        }
        for (Wandering to : left) {
            for (Sender sender : living) {
                for (int way = 0; way < 2; way++) {
                    SendResult last = Objects.requireNonNull(sender.results.get(new Stream(to.id(), way)))
                            .getLast();
                    if (last != SendResult.ACCEPTED) {
                        return "though all is well, the last send of " + sender.client.id() + " to " + to + " in way "
                                + way + " came to " + last;
                    }
                }
            }
        }
        return null;
    }

    private boolean isNamedWhereItIs(Wandering to) {
        Named named = names.get(to.number());
        return named != null
                && placesOf(to.id()).stream().anyMatch(node -> named.where().equals(Set.of(node.self())));
    }

    private boolean homeLives(Wandering wandering) {
        return lives(new Incarnation(wandering.id().node(), wandering.id().boot()));
    }

    private static boolean allEnded(Sender sender) {
        return sender.results.values().stream().noneMatch(results -> results.contains(null));
    }

    private List<SimNode> placesOf(ClientId id) {
        return cluster.nodes().stream()
                .filter(node -> !node.ended() && node.interconnect().client(id) != null)
                .toList();
    }

    @Override
    @Nullable
    String judgement() {
        if (broken != null) {
            return broken;
        }
        for (Wandering wandering : wanderers.values()) {
            String wrong = judge(wandering);
            if (wrong != null) {
                return wrong;
            }
        }
        return null;
    }

    private @Nullable String judge(Wandering wandering) {
        List<SimNode> places = placesOf(wandering.id());
        if (places.size() > 1) {
            return wandering + " is on several nodes: "
                    + places.stream().map(SimNode::self).toList();
        }
        Place last = lastTold.get(wandering.id());
        Incarnation told = last == null ? null : last.life();
        if (places.isEmpty() && !ends.containsKey(wandering.id()) && told != null && lives(told)) {
            return wandering + " is nowhere, its end was not told, and " + told + " that had it last is well";
        }
        List<Received> all = received.getOrDefault(wandering.id(), List.of());
        for (Sender sender : senders) {
            for (int way = 0; way < 2; way++) {
                String wrong = judge(wandering, all, sender, way, !places.isEmpty());
                if (wrong != null) {
                    return wrong;
                }
            }
        }
        return null;
    }

    private static @Nullable String judge(Wandering to, List<Received> all, Sender sender, int way, boolean lives) {
        List<@Nullable SendResult> results = sender.results.getOrDefault(new Stream(to.id(), way), List.of());
        Map<Integer, Integer> times = new TreeMap<>();
        int last = -1;
        String stream = sender.client.id() + " to " + to + (way == 0 ? " by its address" : " by its name");
        for (Received one : all) {
            if (!one.from().equals(sender.client.id()) || one.way() != way) {
                continue;
            }
            times.merge(one.number(), 1, Integer::sum);
            if (one.number() <= last) {
                return stream + ": message " + one.number() + " came after " + last;
            }
            last = one.number();
        }
        for (int number = 0; number < results.size(); number++) {
            SendResult result = results.get(number);
            boolean came = times.containsKey(number);
            if (result == SendResult.NO_SUCH_MAILBOX && lives) {
                return stream + ": message " + number + " came to " + result + " though it lives on";
            }
            if (result == SendResult.MOVED) {
                return stream + ": a client is told " + result;
            }
            if (result == SendResult.ACCEPTED && lives && !came) {
                return stream + ": message " + number + " was accepted and is lost";
            }
            if (result != null && result.definite() && result != SendResult.ACCEPTED && came) {
                return stream + ": message " + number + " came to " + result + " and has arrived";
            }
        }
        return null;
    }

    @Override
    String counts() {
        long sent = senders.stream()
                .flatMap(sender -> sender.results.values().stream())
                .mapToLong(List::size)
                .sum();
        long taken = received.values().stream().mapToLong(List::size).sum();
        return wanderers.size() + " wanderers, " + outlived + " outlived the node that made them, " + moves + " moves, "
                + refusedMoves + " refused; " + sent + " sent, " + taken + " received";
    }

    private static final class Silent implements User {
        @Override
        public @Nullable String unanswered() {
            return null;
        }

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            return List.of();
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }
}
