package org.factoredos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Signal;
import org.factoredos.naming.NameProtocol;
import org.factoredos.placement.PlacementProtocol;
import org.factoredos.placement.PlacementProtocol.KillFamily;
import org.factoredos.placement.PlacementProtocol.KillProcess;
import org.factoredos.placement.PlacementProtocol.ListProcesses;
import org.factoredos.placement.PlacementProtocol.MigrateProcess;
import org.factoredos.placement.PlacementProtocol.ProcessSpawned;
import org.factoredos.placement.PlacementProtocol.Reach;
import org.factoredos.placement.PlacementProtocol.SpawnProcess;
import org.factoredos.placement.PlacementProtocol.WaitForProcess;
import org.factoredos.placement.ProcessId;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.ProcessSpec.Tracing;
import org.factoredos.placement.Stream;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/** A client that starts processes, on one tile or two, waits for them, signals, moves and lists them, of any member. */
final class PlacementUser implements Scenario.User, Membership.Watcher {
    static final String WORKER = "worker";
    private static final long PATIENCE = 20 * World.SECOND;
    private static final int MOST_KNOWN = 8;

    private record Next() implements Continuation {}

    /** {@code step}: of the last questions; below zero for the others. */
    private record Awaiting(Payload request, int step) implements Continuation {}

    private final Address self;
    private final Incarnation life;
    private final SplittableRandom random;
    private final PlacementScenario scenario;
    private final List<ProcessId> known = new ArrayList<>();
    private @Nullable Membership membership;
    private boolean lastAsked;
    private @Nullable String unanswered;

    PlacementUser(Address self, Incarnation life, SplittableRandom random, PlacementScenario scenario) {
        this.self = self;
        this.life = life;
        this.random = random;
        this.scenario = scenario;
    }

    @Override
    public @Nullable String unanswered() {
        return unanswered;
    }

    @Override
    public List<Effect> on(Membership changed, long nanos) {
        membership = changed;
        return List.of();
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return List.of();
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case Scenario.Begin begin -> pause();
            case Next next -> lastAsked ? List.of() : next(-1);
            case Scenario.AskLast last -> {
                lastAsked = true;
                unanswered = "nothing asked yet";
                yield next(0);
            }
            case Awaiting(Payload request, int step) -> {
                boolean answered = response instanceof Response.Answered;
                note(request, response);
                if (step < 0) {
                    yield lastAsked ? List.of() : pause();
                }
                if (!answered) {
                    unanswered = request + " came to " + response;
                    yield List.of();
                }
                yield next(step + 1);
            }
            default -> List.of();
        };
    }

    private void note(Payload request, Response response) {
        switch (response) {
            case Response.Answered(ProcessSpawned(ProcessId process, TileId tile, Address input)) -> {
                known.add(process);
                if (known.size() > MOST_KNOWN) {
                    known.removeFirst();
                }
                scenario.spawned();
            }
            case Response.Answered(NameProtocol.NamesListed(var names, boolean more)) -> scenario.named(life, names);
            case Response.Answered(PlacementProtocol.ProcessEnded ended) -> scenario.waited();
            default -> scenario.other(request, response);
        }
    }

    private List<Effect> pause() {
        return List.of(new Effect.Timer(new Next(), random.nextLong(300 * World.MILLISECOND)));
    }

    private List<Effect> next(int step) {
        Membership members = membership;
        if (members == null) {
            return pause();
        }
        if (step == 0) {
            return ask(new NameProtocol.ListNames("worker:*", ""), names(members), step);
        }
        if (step > known.size() + 1) {
            unanswered = null;
            return List.of();
        }
        if (step == 1) {
            return ask(new ListProcesses(Reach.GRID), placement(life, members), step);
        }
        if (step > 1) {
            return ask(new WaitForProcess(known.get(step - 2), World.SECOND / 2), placement(life, members), step);
        }
        List<Incarnation> up = List.copyOf(members.up());
        Incarnation member = random.nextInt(4) > 0 ? life : up.get(random.nextInt(up.size()));
        return ask(request(up, members), placement(member, members), step);
    }

    private Payload.Request<?> request(List<Incarnation> up, Membership members) {
        if (known.isEmpty() || random.nextInt(3) == 0) {
            long wait = random.nextInt(3) == 0 ? World.SECOND : 0;
            return new SpawnProcess(spec(), self.tile(), wait, random.nextInt(4) == 0 ? 2 : 1);
        }
        ProcessId one = known.get(random.nextInt(known.size()));
        return switch (random.nextInt(8)) {
            case 0, 1 -> new KillProcess(one, random.nextBoolean() ? Signal.KILL : Signal.TERMINATE);
            case 2 -> new KillFamily(one, Signal.INTERRUPT);
            case 3 -> {
                Incarnation to = up.get(random.nextInt(up.size()));
                List<TileId> tiles = members.grid().tilesOf(to.node());
                yield new MigrateProcess(one, tiles.get(tiles.size() - 1 - random.nextInt(3)));
            }
            case 4 -> new ListProcesses(Reach.GRID);
            default -> new WaitForProcess(one, random.nextLong(2 * World.SECOND));
        };
    }

    private static ProcessSpec spec() {
        Stream nothing = new Stream.Nothing();
        return new ProcessSpec(WORKER, List.of(), "/", new TreeMap<>(), nothing, nothing, nothing, Tracing.NONE);
    }

    private static Address placement(Incarnation member, Membership members) {
        return Reserved.PLACEMENT.address(member, members.grid());
    }

    private Address names(Membership members) {
        return Reserved.NAME_FRONT.address(life, members.grid());
    }

    private List<Effect> ask(Payload.Request<?> request, Address server, int step) {
        return List.of(new Effect.Call(server, request, new Awaiting(request, step), PATIENCE));
    }
}
