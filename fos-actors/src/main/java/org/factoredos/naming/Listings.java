package org.factoredos.naming;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.naming.NameProtocol.Entry;
import org.factoredos.naming.NameProtocol.ListNames;
import org.factoredos.naming.NameProtocol.NameResolved;
import org.factoredos.naming.NameProtocol.NamesListed;
import org.factoredos.naming.NameProtocol.Refused;
import org.factoredos.naming.NameProtocol.ResolveName;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;

/** Listings, which are put together from several answers; and automatic names, which the tiles themselves answer. */
final class Listings {
    private static final long SHIM_PATIENCE_NANOS = 2_000_000_000L;
    private static final int MOST_TILE_ASKS = 2048;

    /** A tile's mailboxes. */
    record AwaitingMailboxes(long ask) implements Continuation {}

    /** A page that is put together from as many parts. */
    static final class Listing {
        private final ListNames list;
        private final NavigableMap<String, Entry> entries = new TreeMap<>();
        /** Behind this some part has more to say. */
        private Optional<String> end = Optional.empty();

        private int parts;

        Listing(ListNames list, int parts) {
            this.list = list;
            this.parts = parts;
        }

        /** The page, when this was its last part. */
        Optional<NamesListed> part(List<Entry> some, boolean more) {
            some.forEach(entry -> entries.put(entry.name(), entry));
            if (more) {
                String last = some.getLast().name();
                end = Optional.of(
                        end.filter(other -> other.compareTo(last) <= 0).orElse(last));
            }
            return --parts == 0 ? Optional.of(page()) : Optional.empty();
        }

        private NamesListed page() {
            NavigableMap<String, Entry> whole =
                    end.map(last -> entries.headMap(last, true)).orElse(entries);
            List<Entry> page = new ArrayList<>();
            for (Entry entry : whole.values()) {
                if (page.size() == Directory.MOST_LISTED) {
                    break;
                }
                page.add(entry);
            }
            return new NamesListed(page, end.isPresent() || page.size() < whole.size());
        }
    }

    /** A request about automatic names; several make up a listing. */
    private record TileAsk(Envelope in, Optional<Listing> listing) {}

    private final Map<Long, TileAsk> tileAsks = new LinkedHashMap<>();
    private long lastTileAsk;

    /** @param shims of the grid's tiles */
    List<Effect> listAutomatic(Envelope in, ListNames list, List<Address> shims) {
        if (shims.isEmpty() || tileAsks.size() + shims.size() > MOST_TILE_ASKS) {
            return List.of(busy(in));
        }
        Listing listing = new Listing(list, shims.size());
        return shims.stream()
                .map(shim -> askShim(new TileAsk(in, Optional.of(listing)), shim))
                .toList();
    }

    Effect resolveAutomatic(Envelope in, Address shim) {
        return tileAsks.size() >= MOST_TILE_ASKS ? busy(in) : askShim(new TileAsk(in, Optional.empty()), shim);
    }

    private Effect askShim(TileAsk ask, Address shim) {
        tileAsks.put(++lastTileAsk, ask);
        return new Effect.Call(
                shim, new Delegation.ListMailboxes(), new AwaitingMailboxes(lastTileAsk), SHIM_PATIENCE_NANOS);
    }

    List<Effect> on(AwaitingMailboxes awaiting, Response response) {
        TileAsk ask = tileAsks.remove(awaiting.ask());
        if (ask == null) {
            return List.of();
        }
        List<Address> mailboxes =
                response instanceof Response.Answered(Delegation.MailboxesListed(var listed)) ? listed : List.of();
        if (ask.listing().isPresent()) {
            // A tile that does not answer has nothing to show: its node is going.
            return automaticPart(ask.in(), ask.listing().get(), mailboxes);
        }
        boolean definite = response instanceof Response.Answered
                || (response instanceof Response.SendRefused(SendResult result)
                        && result
                                == SendResult.NO_SUCH_MAILBOX); // That life of the tile is over, and all its mailboxes.
        if (!definite) {
            return List.of(busy(ask.in()));
        }
        ResolveName resolve = (ResolveName) ask.in().payload();
        return List.of(reply(
                ask.in(),
                mailboxes.stream()
                        .filter(mailbox -> Optional.of(mailbox).equals(Address.parse(resolve.name())))
                        .findFirst()
                        .<Payload>map(mailbox -> new NameResolved(Directory.automaticEntry(mailbox)))
                        .orElseGet(() -> new Refused(NameError.NO_SUCH_NAME))));
    }

    private static List<Effect> automaticPart(Envelope in, Listing listing, List<Address> mailboxes) {
        Predicate<String> matches = Directory.matching(listing.list.pattern());
        List<Entry> entries = mailboxes.stream()
                .map(Directory::automaticEntry)
                .filter(entry -> matches.test(entry.name()) && entry.name().compareTo(listing.list.after()) > 0)
                .toList();
        return listing.part(entries, false).stream()
                .map(page -> reply(in, page))
                .toList();
    }

    private static Effect busy(Envelope in) {
        return reply(in, new Refused(NameError.BUSY));
    }

    private static Effect reply(Envelope in, Payload answer) {
        return new Effect.Reply(in.from(), in.call(), answer, in.trace());
    }
}
