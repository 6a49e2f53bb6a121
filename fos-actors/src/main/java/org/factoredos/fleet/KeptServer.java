package org.factoredos.fleet;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.factoredos.fleet.KeepingProtocol.LoadNoted;
import org.factoredos.kernel.Envelope;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.ElasticProtocol;
import org.factoredos.server.Fleet;
import org.factoredos.server.Response;
import org.factoredos.server.Server;

/**
 * A server of a user's fleet: the core that the user brought, and the {@link Keeper} of the fleet's numbers.
 *
 * <p>A core that throws has a fresh one in its place, which does not hear of what the old one had under way.
 */
public final class KeptServer implements Server {
    /** Who has its name still may send for so long. */
    private static final long DRAIN_NANOS = 3_000_000_000L;

    private static final long LONGEST_DRAIN_NANOS = 30_000_000_000L;

    /** How many servers a fleet has, at least and at most. */
    public record Bounds(int least, int most) {
        public Bounds {
            if (least < 1 || most < least) {
                throw new IllegalArgumentException("no fleet has from " + least + " to " + most + " servers");
            }
        }

        int clamp(int servers) {
            return Math.clamp(servers, least, most);
        }
    }

    /** It runs: what its host tells it first, and again where it has given up everything that was parked. */
    public record Begun() implements Continuation {}

    private record Drained(boolean whatever) implements Continuation {}

    /** What the core of that number had parked. */
    private record OfCore(long core, Continuation continuation, boolean call) implements Continuation {}

    private final Fleet fleet;
    private final Fleet.Site site;
    private final Keeper keeper;
    private final Consumer<Throwable> failed;
    private Server core;
    private long cores;
    private int calls;
    private boolean begun;
    private boolean retiring;
    private boolean drained;
    private boolean drainedWhatever;

    /**
     * @param further the process of one more
     * @param queued how many requests wait here
     * @param failed told what a core has thrown
     */
    public KeptServer(
            Fleet fleet,
            Fleet.Site site,
            Bounds bounds,
            ProcessSpec further,
            IntSupplier queued,
            Consumer<Throwable> failed) {
        this.fleet = fleet;
        this.site = site;
        this.failed = failed;
        this.keeper = new Keeper(site.name(), site.address(), bounds, further, queued);
        this.core = fleet.server(site);
    }

    /** It was told to leave the fleet, and nothing of what it had taken is left. */
    public boolean over() {
        return drainedWhatever || (drained && calls == 0);
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return switch (in.payload()) {
            case LoadNoted load
            when in.domain().equals(site.domain()) -> {
                keeper.noted(load);
                yield List.of();
            }
            case ElasticProtocol.Retire retire when mayEnd(in.domain()) -> retire(Call.of(in, retire));
            default -> guarded(() -> core.on(in, nanos));
        };
    }

    private boolean mayEnd(String domain) {
        return domain.equals(site.domain()) || domain.equals(ProcessSpec.OPERATOR);
    }

    private List<Effect> retire(Call<ElasticProtocol.RetireReply> call) {
        keeper.stop();
        List<Effect> effects = new ArrayList<>();
        effects.add(call.reply(new ElasticProtocol.Retired()));
        if (!retiring) { // Else it drains already.
            retiring = true;
            effects.addAll(drain());
        }
        return effects;
    }

    private static List<Effect> drain() {
        return List.of(
                new Effect.Timer(new Drained(false), DRAIN_NANOS),
                new Effect.Timer(new Drained(true), LONGEST_DRAIN_NANOS));
    }

    /** A core that waits for what never comes would be silent for good. */
    private List<Effect> begin() {
        if (begun) {
            calls = 0;
            renew();
        }
        begun = true;
        return retiring ? drain() : keeper.begin();
    }

    private void renew() {
        cores++;
        try {
            core = fleet.server(site);
        } catch (RuntimeException | LinkageError | StackOverflowError | AssertionError e) {
            failed.accept(e); // The old one goes on as well as it can, and is replaced when it throws again.
        }
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case Begun first -> begin();
            case Keeper.Parked parked -> keeper.on(parked, response, nanos);
            case Drained(boolean whatever) -> {
                drained = true;
                drainedWhatever |= whatever;
                yield List.of();
            }
            case OfCore(long number, var parked, boolean call) -> {
                calls -= call ? 1 : 0;
                yield number == cores ? guarded(() -> core.on(parked, response, nanos)) : List.of();
            }
            default -> List.of();
        };
    }

    private interface Turn {
        List<Effect> take();
    }

    private List<Effect> guarded(Turn turn) {
        try {
            List<Effect> effects = new ArrayList<>();
            turn.take().forEach(effect -> effects.add(ofCore(effect)));
            effects.forEach(effect -> calls += effect instanceof Effect.Call ? 1 : 0);
            return effects;
        } catch (RuntimeException | LinkageError | StackOverflowError | AssertionError e) {
            failed.accept(e);
            renew();
            return List.of();
        }
    }

    private Effect ofCore(Effect effect) {
        return switch (effect) {
            case Effect.Send(var to, var message, var refused) ->
                new Effect.Send(to, message, refused == null ? null : new OfCore(cores, refused, false));
            case Effect.Call(var to, var request, var continuation, long patience) ->
                new Effect.Call(to, request, new OfCore(cores, continuation, true), patience);
            case Effect.Timer(var continuation, long after) ->
                new Effect.Timer(new OfCore(cores, continuation, false), after);
            case Effect.Reply reply -> reply;
            case Effect.Audit audit -> audit;
            case Effect.Persist persist ->
                throw new IllegalStateException(
                        "a server of a user's fleet has no journal; the file fleet keeps things");
            case Effect.Device device -> throw new IllegalStateException("a server of a user's fleet has no device");
        };
    }
}
