package org.factoredos.placement;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.kernel.Delegation;
import org.factoredos.naming.NameProtocol;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;

/**
 * What is to be done as a process ends: its tile is free, whoever waits for it is told, and the name fleet, that its mailboxes
 * are no more.
 *
 * <p>Only then is its end noted. Its tile, which tells of it until it is, remembers meanwhile what nobody has to: so the names of
 * the dead go, though this server or an owner of names be replaced.
 */
final class Endings {
    /** A little longer than a name front asks for an owner. */
    static final long NAMES_PATIENCE_NANOS = 16_000_000_000L;

    record Forgetting(Call<Delegation.EndNoted> call) implements Continuation {}

    private final Site site;
    private final Waits waits;
    private final ElasticFleets fleets;

    Endings(Site site, Waits waits, ElasticFleets fleets) {
        this.site = site;
        this.waits = waits;
        this.fleets = fleets;
    }

    List<Effect> onEnded(Call<Delegation.EndNoted> call, Delegation.ClientEnded news) {
        List<Effect> effects = new ArrayList<>(fleets.ended(news.client()).orElseGet(() -> waits.ended(news)));
        if (!news
                .certain()) { // Its names go with the node that was lost, if it did not move on: its tile tells of that
            // too.
            effects.add(call.reply(new Delegation.EndNoted()));
            return effects;
        }
        effects.add(new Effect.Call(
                Reserved.NAME_FRONT.address(site.node, site.ownGrid),
                new NameProtocol.ForgetClient(news.client()),
                new Forgetting(call),
                NAMES_PATIENCE_NANOS));
        return effects;
    }

    /** Without an answer the tile tells again, as it is looked at. */
    static List<Effect> on(Forgetting forgetting, Response response) {
        return response instanceof Response.Answered(NameProtocol.ClientForgotten forgotten)
                ? List.of(forgetting.call().reply(new Delegation.EndNoted()))
                : List.of();
    }
}
