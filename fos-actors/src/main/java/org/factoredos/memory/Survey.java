package org.factoredos.memory;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Paging;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * Asks all tiles of the node what is granted there, each until it has answered.
 *
 * <p>What was said to a tile before has arrived there when it answers, so nothing of it comes later (messages from one client to
 * another keep their order).
 */
final class Survey {
    private static final long PATIENCE_NANOS = 2_000_000_000L;
    private static final long RETRY_NANOS = 100_000_000L;

    /** One tile's answer, to the survey of that number. */
    record AwaitingTile(long survey, TileId tile) implements Continuation {}

    /** A region, and the tile that has its receipt. */
    record Listed(Paging.Held held, TileId tile) {}

    /** What all tiles have said. {@code servers}: the memory servers that run on them. */
    record Heard(List<Listed> held, SortedSet<Address> servers) {}

    private final List<TileId> tiles;
    private final Function<TileId, Address> shims;
    private final Map<Long, Running> running = new LinkedHashMap<>();
    private long last;

    private static final class Running {
        final SequencedSet<TileId> missing;
        final List<Listed> held = new ArrayList<>();
        final SortedSet<Address> servers = newAddresses();

        Running(List<TileId> tiles) {
            missing = new LinkedHashSet<>(tiles);
        }
    }

    Survey(List<TileId> tiles, Function<TileId, Address> shims) {
        this.tiles = tiles;
        this.shims = shims;
    }

    static SortedSet<Address> newAddresses() {
        return new TreeSet<>((a, b) -> a.client().compareTo(b.client()));
    }

    /** Returns its number. */
    long begin(List<Effect> effects) {
        running.put(++last, new Running(tiles));
        tiles.forEach(tile -> effects.add(ask(new AwaitingTile(last, tile))));
        return last;
    }

    private Effect ask(AwaitingTile awaiting) {
        return new Effect.Call(shims.apply(awaiting.tile()), new Paging.ListGrants(), awaiting, PATIENCE_NANOS);
    }

    /** Null until the last tile has answered. */
    @Nullable
    Heard on(AwaitingTile awaiting, Response response, List<Effect> effects) {
        Running survey = running.get(awaiting.survey());
        if (survey == null || !survey.missing.contains(awaiting.tile())) {
            return null;
        }
        if (!(response instanceof Response.Answered(Paging.GrantsListed(var held, var server)))) {
            effects.add(
                    response instanceof Response.SendRefused ? new Effect.Timer(awaiting, RETRY_NANOS) : ask(awaiting));
            return null;
        }
        held.forEach(one -> survey.held.add(new Listed(one, awaiting.tile())));
        if (server != null) {
            survey.servers.add(server);
        }
        survey.missing.remove(awaiting.tile());
        if (!survey.missing.isEmpty()) {
            return null;
        }
        running.remove(awaiting.survey());
        return new Heard(survey.held, survey.servers);
    }
}
