package org.factoredos.privilege;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.factoredos.privilege.KeyProtocol.AddReply;
import org.factoredos.privilege.KeyProtocol.KeyAdded;
import org.factoredos.privilege.KeyProtocol.KeysRemoved;
import org.factoredos.privilege.KeyProtocol.Refused;
import org.factoredos.privilege.KeyProtocol.RemoveReply;
import org.factoredos.server.Event;
import org.jspecify.annotations.Nullable;

/** The keys of the domains of one slice, inside its owner: with which of them people come in as whom. */
final class DomainKeys {
    /** The domain's keys from now on. */
    record KeysChanged(String domain, List<String> keys) implements Event {
        KeysChanged {
            keys = List.copyOf(keys);
        }
    }

    /** What a request comes to: its answer, and what it changes, if anything. */
    record Decision<R extends KeyProtocol.Reply>(
            R reply, @Nullable KeysChanged event) {}

    private final SortedMap<String, List<String>> keys = new TreeMap<>();

    /** @param established whether there is the domain */
    Decision<AddReply> add(String domain, String key, boolean established) {
        if (!KeyProtocol.isKey(key)) {
            return new Decision<>(new Refused(KeyError.BAD_KEY), null);
        }
        if (!established) {
            return new Decision<>(new Refused(KeyError.NO_SUCH_DOMAIN), null);
        }
        List<String> before = of(domain);
        if (before.stream().anyMatch(known -> same(known, key))) {
            return new Decision<>(new KeyAdded(false), null);
        }
        if (before.size() == KeyProtocol.MOST_KEYS) {
            return new Decision<>(new Refused(KeyError.TOO_MANY_KEYS), null);
        }
        List<String> after = new ArrayList<>(before);
        after.add(key);
        return new Decision<>(new KeyAdded(true), new KeysChanged(domain, after));
    }

    Decision<RemoveReply> remove(String domain) {
        return new Decision<>(new KeysRemoved(), of(domain).isEmpty() ? null : new KeysChanged(domain, List.of()));
    }

    /** Whose it is said to be makes no other key of it. */
    private static boolean same(String one, String other) {
        String[] a = one.split(" ", 3);
        String[] b = other.split(" ", 3);
        return a[0].equals(b[0]) && a[1].equals(b[1]);
    }

    List<String> of(String domain) {
        return keys.getOrDefault(domain, List.of());
    }

    void apply(KeysChanged event) {
        if (event.keys().isEmpty()) {
            keys.remove(event.domain());
        } else {
            keys.put(event.domain(), event.keys());
        }
    }

    /** For a snapshot. */
    List<KeysChanged> kept() {
        return keys.entrySet().stream()
                .map(each -> new KeysChanged(each.getKey(), each.getValue()))
                .toList();
    }

    void restore(List<KeysChanged> kept) {
        keys.clear();
        kept.forEach(this::apply);
    }
}
