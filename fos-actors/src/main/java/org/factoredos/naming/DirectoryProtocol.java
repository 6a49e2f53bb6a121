package org.factoredos.naming;

import java.util.List;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Place;

/**
 * What the fronts and the owners of the name fleet say to each other beside clients' requests. An owner reaches the owners
 * of other slices through its own node's front, which knows where they are.
 *
 * <p>A claim's truth is in its namespace's own slice, its <em>home</em>, but names of one namespace lie in all slices. So a
 * home numbers its changes; every other owner fetches them, journals them and decides by them alone. A claim returns when
 * all of them know it.
 */
public interface DirectoryProtocol {
    /**
     * A home's decision: the front gives {@code answer} to the client when every slice knows the home's changes up to {@code
     * number}.
     */
    record ClaimDecided(long number, NameProtocol.Reply answer) implements Payload {}

    /** From a front, to the owners of all other slices: answered as soon as they know that much of that home. */
    record AwaitClaims(int home, long number) implements Payload.Request<ClaimsKnown> {}

    record ClaimsKnown() implements Payload {}

    /** From a home, to its node's front: have all other slices know that much. */
    record SpreadClaims(int home, long number) implements Payload.Request<ClaimsSpread> {}

    record ClaimsSpread() implements Payload {}

    /** From the owner of slice {@code by}, by way of its front, to a home: what has changed behind change {@code after}. */
    record FetchClaims(int home, int by, long after) implements Payload.Request<ClaimsFetched> {}

    /** The next changes, in order, and the number up to which these are all. */
    record ClaimsFetched(long upTo, List<ClaimChange> changes) implements Payload {
        public ClaimsFetched {
            changes = List.copyOf(changes);
        }

        @Override
        public int bytes() {
            return 64
                    + changes.stream()
                            .mapToInt(change -> 64
                                    + change.namespace().length()
                                    + change.claimant().length())
                            .sum();
        }
    }

    /** Of a home, its change of that number; an empty {@code claimant}: nobody has the namespace any more. */
    record ClaimChange(long number, String namespace, String claimant) {}

    /** From an owner, by way of its front, to itself: these names have mailboxes of nodes that are gone. */
    record DropGone(int slice, List<String> names) implements Payload.Request<GoneDropped> {
        public DropGone {
            names = List.copyOf(names);
        }

        @Override
        public int bytes() {
            return 64 + names.stream().mapToInt(name -> 32 + name.length()).sum();
        }
    }

    record GoneDropped() implements Payload {}

    /**
     * An owner's answer to its front: the domain may do this only if the privilege fleet says so.
     *
     * @param foreign whether another domain has claimed the namespace; otherwise nobody has
     */
    record NeedsRight(boolean foreign) implements Payload {}

    /** The name or namespace that a change is about. */
    static String target(NameProtocol.Request<?> change) {
        return switch (change) {
            case NameProtocol.RegisterName register -> register.name();
            case NameProtocol.DeleteName delete -> delete.name();
            case NameProtocol.DeleteSpecificName delete -> delete.name();
            case NameProtocol.SetPolicy set -> set.name();
            case NameProtocol.ClaimNamespace claim -> claim.namespace();
            case NameProtocol.ReleaseNamespace release -> release.namespace();
            default -> throw new IllegalArgumentException("nothing is changed by " + change);
        };
    }

    /**
     * From a front: the same request, and where it has found the mailbox. Of two that come in a wrong order the one of more
     * moves is right.
     */
    record RegisterFound(NameProtocol.RegisterName request, Place place)
            implements Payload.Request<NameProtocol.Reply> {
        @Override
        public int bytes() {
            return 64 + request.bytes();
        }
    }

    /**
     * From a front: the same request, which is permitted now.
     *
     * @param byRight by the privilege fleet; otherwise because nobody had claimed the namespace, if that is still so
     */
    record Permitted(Payload request, boolean byRight) implements Payload.Request<NameProtocol.Reply> {
        @Override
        public int bytes() {
            return 64 + request.bytes();
        }
    }
}
