package org.factoredos.naming;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.factoredos.naming.DirectoryProtocol.ClaimChange;
import org.factoredos.server.Reserved;

/**
 * Which domains have claimed which namespaces (§3.4), as one slice of the directory knows it: all of its own home, and what
 * it has fetched of the others.
 */
final class Claims {
    private static final Pattern NAMESPACE = Pattern.compile("([A-Za-z0-9_./-]+:)+\\*");
    private static final int MOST_FETCHED = 256;

    /** What is known of one home: its changes up to a number, the last one of each namespace. */
    record Known(int home, long upTo, List<ClaimChange> changes) {
        Known {
            changes = List.copyOf(changes);
        }
    }

    private static final class Home {
        final Map<String, ClaimChange> changes = new TreeMap<>();
        long upTo;
    }

    private final Home[] homes = new Home[Reserved.NAME_SLICES];
    /** Of the home that is this slice itself, up to which change every other slice has said that it knows it. */
    private final long[] heard = new long[Reserved.NAME_SLICES];

    Claims() {
        clear();
    }

    private void clear() {
        for (int home = 0; home < homes.length; home++) {
            homes[home] = new Home();
        }
    }

    static boolean wellFormed(String namespace) {
        return namespace.length() <= 255 && NAMESPACE.matcher(namespace).matches();
    }

    /** Whether {@code domain} is the claimant's, or one inside it. */
    static boolean covers(String claimant, String domain) {
        return domain.equals(claimant) || domain.startsWith(claimant + ":");
    }

    /** Who has claimed exactly this namespace. */
    Optional<String> claimant(String namespace) {
        ClaimChange change = homes[NameOwner.sliceOf(namespace)].changes.get(namespace);
        return change == null || change.claimant().isEmpty() ? Optional.empty() : Optional.of(change.claimant());
    }

    /** Who has claimed the innermost namespace that a name, or another namespace, is in. */
    Optional<String> holder(String name) {
        String inside = name.endsWith(":*") ? name.substring(0, name.length() - 2) : name;
        for (int end = inside.lastIndexOf(':'); end > 0; end = inside.lastIndexOf(':', end - 1)) {
            Optional<String> claimant = claimant(inside.substring(0, end + 1) + "*");
            if (claimant.isPresent()) {
                return claimant;
            }
        }
        return Optional.empty();
    }

    long upTo(int home) {
        return homes[home].upTo;
    }

    /** The next change of this slice's own home. */
    void change(int home, ClaimChange change) {
        homes[home].changes.put(change.namespace(), change);
        homes[home].upTo = change.number();
    }

    /** What another home has answered: from now on everything up to that number is known. */
    void learn(int home, long upTo, List<ClaimChange> changes) {
        for (ClaimChange change : changes) {
            if (change.claimant().isEmpty()) {
                homes[home].changes.remove(change.namespace());
            } else {
                homes[home].changes.put(change.namespace(), change);
            }
        }
        homes[home].upTo = upTo;
    }

    /** What slice {@code by} does not know yet of this slice's own home. */
    DirectoryProtocol.ClaimsFetched fetch(int home, int by, long after) {
        heard[by] = after;
        List<ClaimChange> changes = new ArrayList<>();
        for (ClaimChange change : homes[home].changes.values()) {
            if (change.number() > after) {
                changes.add(change);
            }
        }
        changes.sort(Comparator.comparingLong(ClaimChange::number));
        return changes.size() <= MOST_FETCHED
                ? new DirectoryProtocol.ClaimsFetched(homes[home].upTo, changes)
                : new DirectoryProtocol.ClaimsFetched(
                        changes.get(MOST_FETCHED - 1).number(), changes.subList(0, MOST_FETCHED));
    }

    /** Forgets what was released and everybody knows of; {@code home} is this slice's own. */
    void forgetReleased(int home) {
        long known = Long.MAX_VALUE;
        for (int slice = 0; slice < heard.length; slice++) {
            known = slice == home ? known : Math.min(known, heard[slice]);
        }
        long all = known;
        homes[home]
                .changes
                .values()
                .removeIf(change ->
                        change.claimant().isEmpty() && change.number() <= all && change.number() < homes[home].upTo);
    }

    List<Known> keep() {
        List<Known> kept = new ArrayList<>();
        for (int home = 0; home < homes.length; home++) {
            kept.add(new Known(home, homes[home].upTo, List.copyOf(homes[home].changes.values())));
        }
        return kept;
    }

    void restore(List<Known> kept) {
        clear();
        for (Known known : kept) {
            known.changes().forEach(change -> homes[known.home()].changes.put(change.namespace(), change));
            homes[known.home()].upTo = known.upTo();
        }
    }
}
