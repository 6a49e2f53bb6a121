package org.factoredos.kernel;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a tile's microkernel was told of rights (§3.1.2): of each domain that acts here, whether it may.
 *
 * <p>An immutable snapshot, published by the shim and read by the client's sends. It is bounded; the oldest entry makes
 * room. No entry outlives the node lease: whoever looks one up checks that.
 */
final class PrivilegeCache {
    static final PrivilegeCache EMPTY = new PrivilegeCache(new LinkedHashMap<>());
    private static final int MOST_ENTRIES = 1024;
    /** A tile has one client at a time; those of the last few are kept. */
    private static final int MOST_DOMAINS = 16;

    /** By domain and kind, then by the text of a name, or by client. */
    private final SequencedMap<String, SequencedMap<Object, Boolean>> sends;

    private final SequencedMap<String, SequencedMap<Object, Boolean>> devices;

    private PrivilegeCache(SequencedMap<String, SequencedMap<Object, Boolean>> sends) {
        this(sends, new LinkedHashMap<>());
    }

    private PrivilegeCache(
            SequencedMap<String, SequencedMap<Object, Boolean>> sends,
            SequencedMap<String, SequencedMap<Object, Boolean>> devices) {
        this.sends = sends;
        this.devices = devices;
    }

    /** Null: not cached. */
    @Nullable
    Boolean get(String domain, RightKind kind, Destination target) {
        SequencedMap<Object, Boolean> known = of(kind).get(domain);
        return known == null ? null : known.get(key(target));
    }

    PrivilegeCache with(String domain, RightKind kind, Destination target, boolean allowed) {
        SequencedMap<Object, Boolean> known = new LinkedHashMap<>(of(kind).getOrDefault(domain, new LinkedHashMap<>()));
        known.remove(key(target));
        if (known.size() == MOST_ENTRIES) {
            known.pollFirstEntry();
        }
        known.put(key(target), allowed);
        SequencedMap<String, SequencedMap<Object, Boolean>> domains = new LinkedHashMap<>(of(kind));
        domains.remove(domain);
        if (domains.size() == MOST_DOMAINS) {
            domains.pollFirstEntry();
        }
        domains.put(domain, known);
        return with(kind, domains);
    }

    PrivilegeCache without(String domain, RightKind kind) {
        if (!of(kind).containsKey(domain)) {
            return this;
        }
        SequencedMap<String, SequencedMap<Object, Boolean>> domains = new LinkedHashMap<>(of(kind));
        domains.remove(domain);
        return with(kind, domains);
    }

    private PrivilegeCache with(RightKind kind, SequencedMap<String, SequencedMap<Object, Boolean>> domains) {
        return kind == RightKind.SEND ? new PrivilegeCache(domains, devices) : new PrivilegeCache(sends, domains);
    }

    private SequencedMap<String, SequencedMap<Object, Boolean>> of(RightKind kind) {
        return switch (kind) {
            case SEND -> sends;
            case DEVICE -> devices;
            default -> throw new IllegalArgumentException("a microkernel asks for no right of kind " + kind);
        };
    }

    private static Object key(Destination target) {
        return switch (target) {
            case Name name -> name.text();
            case Address address -> address.client();
        };
    }
}
