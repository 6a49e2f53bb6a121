package org.factoredos.privilege;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.RightKind;
import org.factoredos.privilege.DomainKeys.KeysChanged;
import org.factoredos.privilege.KeyProtocol.AddKey;
import org.factoredos.privilege.KeyProtocol.Domain;
import org.factoredos.privilege.KeyProtocol.DomainsListed;
import org.factoredos.privilege.KeyProtocol.KeysListed;
import org.factoredos.privilege.KeyProtocol.ListDomains;
import org.factoredos.privilege.KeyProtocol.ListKeys;
import org.factoredos.privilege.KeyProtocol.RemoveKeys;
import org.factoredos.privilege.PrivilegeProtocol.DomainEstablished;
import org.factoredos.privilege.PrivilegeProtocol.DomainRemoved;
import org.factoredos.privilege.PrivilegeProtocol.EstablishDomain;
import org.factoredos.privilege.PrivilegeProtocol.EstablishReply;
import org.factoredos.privilege.PrivilegeProtocol.GrantReply;
import org.factoredos.privilege.PrivilegeProtocol.GrantRight;
import org.factoredos.privilege.PrivilegeProtocol.ListRights;
import org.factoredos.privilege.PrivilegeProtocol.Refused;
import org.factoredos.privilege.PrivilegeProtocol.RemoveDomain;
import org.factoredos.privilege.PrivilegeProtocol.RemoveReply;
import org.factoredos.privilege.PrivilegeProtocol.RevokeReply;
import org.factoredos.privilege.PrivilegeProtocol.RevokeRight;
import org.factoredos.privilege.PrivilegeProtocol.RightGranted;
import org.factoredos.privilege.PrivilegeProtocol.RightRevoked;
import org.factoredos.privilege.PrivilegeProtocol.RightsListed;
import org.factoredos.server.Access;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Event;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * One slice of the canonical repository of rights (§3.1.2), inside its {@link OwnerLife}: what its domains are allowed.
 *
 * <p>It decides nothing about who may change rights; a front has seen to that. A domain that was removed is remembered, so
 * that no boot makes it again.
 */
public final class PrivilegeOwner implements OwnerLife.Slice {
    /** From a front: on what {@code domain} has rights of that kind. */
    public record ReadRights(String domain, RightKind kind) implements Payload.Request<RightsRead> {}

    /** Patterns, in order. */
    public record RightsRead(List<String> targets) implements Payload {
        public RightsRead {
            targets = List.copyOf(targets);
        }

        @Override
        public int bytes() {
            return 64 + 64 * targets.size();
        }
    }

    /** All the targets from now on. */
    record RightsChanged(String domain, RightKind kind, List<String> targets) implements Event {
        RightsChanged {
            targets = List.copyOf(targets);
        }
    }

    record DomainMade(String domain, List<Right> rights) implements Event {
        DomainMade {
            rights = List.copyOf(rights);
        }
    }

    record DomainUnmade(String domain) implements Event {}

    /** {@code removed}: remembered, but there is none of that name. */
    record Kept(String domain, boolean removed, List<Right> rights) {
        Kept {
            rights = List.copyOf(rights);
        }
    }

    record Repository(List<Kept> domains, List<KeysChanged> keys) implements Snapshot {
        Repository {
            domains = List.copyOf(domains);
            keys = List.copyOf(keys);
        }
    }

    /** What a request comes to: its answer, and what it changes. */
    private record Decision(Payload reply, @Nullable Event changed) {}

    private static final int MOST_RIGHTS = 1024;
    private static final int LONGEST_DOMAIN = 64;
    private static final int LONGEST_TARGET = 255;
    private static final Pattern DOMAIN = Pattern.compile("[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)*");
    private static final Pattern TARGET = Pattern.compile("[!-~]+");

    /** Null: there was such a domain. */
    private final SortedMap<String, @Nullable SortedMap<RightKind, NavigableSet<String>>> domains = new TreeMap<>();

    private final DomainKeys keys = new DomainKeys();

    /** Which slice has the domain; the same on every node and in every life, for the journal rests on it. */
    public static int sliceOf(String domain) {
        int mixed =
                domain.hashCode() * 0x9E3779B9; // String.hashCode is specified; its low bits alone are poorly spread.
        return Math.floorMod(mixed >>> 16, Reserved.PRIVILEGE_SLICES);
    }

    /** What fronts may hold, and recalls name. */
    static String key(String domain, RightKind kind) {
        return domain + " " + kind;
    }

    static boolean isDomain(String text) {
        return text.length() <= LONGEST_DOMAIN && DOMAIN.matcher(text).matches();
    }

    static boolean isTarget(String text) {
        return text.length() <= LONGEST_TARGET && TARGET.matcher(text).matches();
    }

    @Override
    public Access access(Payload request) {
        return switch (request) {
            case ReadRights(String domain, RightKind kind) -> new Access.Read(key(domain, kind));
            case GrantRight(Right right) -> Access.Write.of(key(right.domain(), right.kind()));
            case RevokeRight(Right right) -> Access.Write.of(key(right.domain(), right.kind()));
            case EstablishDomain establish -> everyKind(establish.domain());
            case RemoveDomain(String domain) -> everyKind(domain);
            default -> new Access.Free();
        };
    }

    private static Access everyKind(String domain) {
        return Access.Write.of(
                Stream.of(RightKind.values()).map(kind -> key(domain, kind)).toArray(String[]::new));
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return switch (in.payload()) {
            case ReadRights read ->
                List.of(Call.of(in, read).reply(new RightsRead(List.copyOf(targets(read.domain(), read.kind())))));
            case GrantRight grant -> {
                Decision decision = grant(grant.right());
                yield decided(Call.of(in, grant).reply((GrantReply) decision.reply()), decision);
            }
            case RevokeRight revoke -> {
                Decision decision = revoke(revoke.right());
                yield decided(Call.of(in, revoke).reply((RevokeReply) decision.reply()), decision);
            }
            case EstablishDomain establish -> {
                Decision decision = establish(in, establish);
                yield decided(Call.of(in, establish).reply((EstablishReply) decision.reply()), decision);
            }
            case RemoveDomain remove -> {
                Decision decision = remove(remove.domain());
                yield decided(Call.of(in, remove).reply((RemoveReply) decision.reply()), decision);
            }
            case ListRights list -> List.of(Call.of(in, list).reply(list(list)));
            case AddKey add -> {
                var decision = keys.add(add.domain(), add.key(), domains.get(add.domain()) != null);
                yield decided(
                        Call.of(in, add).reply(decision.reply()), new Decision(decision.reply(), decision.event()));
            }
            case RemoveKeys remove -> {
                var decision = keys.remove(remove.domain());
                yield decided(
                        Call.of(in, remove).reply(decision.reply()), new Decision(decision.reply(), decision.event()));
            }
            case ListKeys list -> List.of(Call.of(in, list).reply(new KeysListed(keys.of(list.domain()))));
            case ListDomains list -> List.of(Call.of(in, list).reply(listDomains(list)));
            default -> List.of(); // No request of this fleet: nobody who knows the protocol waits for an answer.
        };
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return List.of(); // It parks none: every request is decided as it comes.
    }

    private List<Effect> decided(Effect reply, Decision decision) {
        if (decision.changed() == null) {
            return List.of(reply);
        }
        apply(decision.changed());
        return List.of(new Effect.Persist(decision.changed()), reply);
    }

    private Decision grant(Right right) {
        SortedMap<RightKind, NavigableSet<String>> rights = domains.get(right.domain());
        if (rights == null) {
            return refused(PrivilegeError.NO_SUCH_DOMAIN);
        }
        NavigableSet<String> targets = new TreeSet<>(targets(right.domain(), right.kind()));
        if (!targets.add(right.target())) {
            return new Decision(new RightGranted(), null); // It has what it asks for.
        }
        if (rights.values().stream().mapToInt(NavigableSet::size).sum() >= MOST_RIGHTS) {
            return refused(PrivilegeError.TOO_MANY_RIGHTS);
        }
        return new Decision(new RightGranted(), new RightsChanged(right.domain(), right.kind(), List.copyOf(targets)));
    }

    private Decision revoke(Right right) {
        if (domains.get(right.domain()) == null) {
            return refused(PrivilegeError.NO_SUCH_DOMAIN);
        }
        NavigableSet<String> targets = new TreeSet<>(targets(right.domain(), right.kind()));
        return targets.remove(right.target())
                ? new Decision(
                        new RightRevoked(), new RightsChanged(right.domain(), right.kind(), List.copyOf(targets)))
                : refused(PrivilegeError.NO_SUCH_RIGHT);
    }

    private Decision establish(Envelope in, EstablishDomain establish) {
        boolean known = domains.containsKey(establish.domain());
        // What a boot has made, and somebody removed, no later boot makes again.
        if (domains.get(establish.domain()) != null || (known && in.fromSystem())) {
            return refused(PrivilegeError.DOMAIN_EXISTS);
        }
        return establish.rights().size() > MOST_RIGHTS
                ? refused(PrivilegeError.TOO_MANY_RIGHTS)
                : new Decision(new DomainEstablished(), new DomainMade(establish.domain(), establish.rights()));
    }

    private Decision remove(String domain) {
        return domains.get(domain) == null
                ? refused(PrivilegeError.NO_SUCH_DOMAIN)
                : new Decision(new DomainRemoved(), new DomainUnmade(domain));
    }

    private RightsListed list(ListRights list) {
        List<Right> rights = new ArrayList<>();
        domains.forEach((domain, kinds) -> {
            if (kinds != null && Right.covers(list.pattern(), domain)) {
                rights(domain, kinds)
                        .filter(right -> right.compareTo(list.after()) > 0)
                        .forEach(rights::add);
            }
        });
        int most = Math.clamp(list.most(), 1, PrivilegeProtocol.MOST_LISTED);
        return new RightsListed(rights.subList(0, Math.min(most, rights.size())), rights.size() > most);
    }

    private DomainsListed listDomains(ListDomains list) {
        List<Domain> page = domains.tailMap(list.after() + '\0').entrySet().stream()
                .filter(each -> each.getValue() != null)
                .limit(KeyProtocol.MOST_LISTED + 1L)
                .map(each -> new Domain(each.getKey(), keys.of(each.getKey())))
                .toList();
        return new DomainsListed(
                page.subList(0, Math.min(KeyProtocol.MOST_LISTED, page.size())), page.size() > KeyProtocol.MOST_LISTED);
    }

    private static Stream<Right> rights(String domain, SortedMap<RightKind, NavigableSet<String>> kinds) {
        return kinds.entrySet().stream()
                .flatMap(each -> each.getValue().stream().map(target -> new Right(domain, each.getKey(), target)));
    }

    private NavigableSet<String> targets(String domain, RightKind kind) {
        SortedMap<RightKind, NavigableSet<String>> kinds = domains.get(domain);
        return kinds == null ? new TreeSet<>() : kinds.getOrDefault(kind, new TreeSet<>());
    }

    private static Decision refused(PrivilegeError error) {
        return new Decision(new Refused(error), null);
    }

    @Override
    public void apply(Event event) {
        switch (event) {
            case RightsChanged(String domain, RightKind kind, var targets) -> {
                SortedMap<RightKind, NavigableSet<String>> kinds = domains.get(domain);
                if (kinds == null) {
                    throw new IllegalStateException("there is no domain " + domain + " whose rights change");
                }
                kinds.put(kind, new TreeSet<>(targets));
            }
            case DomainMade(String domain, var rights) -> domains.put(domain, byKind(rights));
            case DomainUnmade(String domain) -> {
                domains.put(domain, null);
                keys.apply(new KeysChanged(domain, List.of()));
            }
            case KeysChanged changed -> keys.apply(changed);
            default -> throw new IllegalStateException("a repository's journal holds no " + event);
        }
    }

    private static SortedMap<RightKind, NavigableSet<String>> byKind(List<Right> rights) {
        SortedMap<RightKind, NavigableSet<String>> kinds = new TreeMap<>();
        rights.forEach(right ->
                kinds.computeIfAbsent(right.kind(), kind -> new TreeSet<>()).add(right.target()));
        return kinds;
    }

    @Override
    public Snapshot snapshot() {
        List<Kept> kept = new ArrayList<>();
        domains.forEach((domain, kinds) -> kept.add(new Kept(
                domain,
                kinds == null,
                kinds == null ? List.of() : rights(domain, kinds).toList())));
        return new Repository(kept, keys.kept());
    }

    @Override
    public void restore(Snapshot snapshot) {
        domains.clear();
        keys.restore(((Repository) snapshot).keys());
        for (Kept kept : ((Repository) snapshot).domains()) {
            domains.put(kept.domain(), kept.removed() ? null : byKind(kept.rights()));
        }
    }
}
