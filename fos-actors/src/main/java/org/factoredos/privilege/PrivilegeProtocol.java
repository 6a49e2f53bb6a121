package org.factoredos.privilege;

import java.util.List;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Denial;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.RightKind;

/**
 * What the privilege fleet may be asked by any client, and what it answers (§3.1.2); for microkernels see {@link
 * org.factoredos.kernel.Delegation.CheckRight}.
 *
 * <p>Granting and revoking needs the right GRANT whose target covers that of the right in question.
 */
public interface PrivilegeProtocol {
    sealed interface Request<R extends Reply> extends Payload.Request<R> {}

    sealed interface Reply extends Payload {}

    /**
     * From another fleet's server, of the system: whether {@code domain} has the right now. Each asks for each of its own
     * requests, and keeps no answer. A denial is recorded under the client, which is where {@code tile} says.
     */
    record AskRight(String domain, RightKind kind, String target, ClientId client, TileId tile)
            implements Request<AskReply> {}

    sealed interface AskReply extends Reply {}

    record RightAllowed() implements AskReply {}

    record RightDenied() implements AskReply {}

    /** Allowed from now on; it is no error that it was before. */
    record GrantRight(Right right) implements Request<GrantReply> {}

    sealed interface GrantReply extends Reply {}

    record RightGranted() implements GrantReply {}

    /** Answered once no tile can use the right any more. What another right allows too stays allowed. */
    record RevokeRight(Right right) implements Request<RevokeReply> {}

    sealed interface RevokeReply extends Reply {}

    record RightRevoked() implements RevokeReply {}

    /**
     * The rights of the domains that match {@code pattern} ({@code *} stands for any text), in order.
     *
     * @param after the last right of the page before; {@link #FROM_THE_FIRST} for the first page
     * @param most how many at most, from 1 to {@link #MOST_LISTED}
     */
    record ListRights(String pattern, Right after, int most) implements Request<ListReply> {}

    int MOST_LISTED = 512;

    /** Stands before every right. */
    Right FROM_THE_FIRST = new Right("", RightKind.SEND, "");

    sealed interface ListReply extends Reply {}

    /** One page. {@code more}: whether there is a next one. */
    record RightsListed(List<Right> rights, boolean more) implements ListReply {
        public RightsListed {
            rights = List.copyOf(rights);
        }

        @Override
        public int bytes() {
            return 64 + 96 * rights.size();
        }
    }

    /** Makes a domain with its first rights, from a domain that may grant all of them. */
    record EstablishDomain(String domain, List<Right> rights) implements Request<EstablishReply> {
        public EstablishDomain {
            rights = List.copyOf(rights);
        }

        @Override
        public int bytes() {
            return 64 + 96 * rights.size();
        }
    }

    sealed interface EstablishReply extends Reply {}

    record DomainEstablished() implements EstablishReply {}

    /** Takes all rights of a domain away, like so many {@link RevokeRight}s, and the domain with them. */
    record RemoveDomain(String domain) implements Request<RemoveReply> {}

    sealed interface RemoveReply extends Reply {}

    record DomainRemoved() implements RemoveReply {}

    /** The rights that are compiled in, without which nobody could be asked for the others. */
    record ListStaticRights() implements Request<ListReply> {}

    /** What this node's tiles have denied lately, and what this front has; in order of time. */
    record ListDenials() implements Request<DenialsReply> {}

    sealed interface DenialsReply extends Reply {}

    record DenialsListed(List<Denial> denials) implements DenialsReply {
        public DenialsListed {
            denials = List.copyOf(denials);
        }

        @Override
        public int bytes() {
            return 64 + 128 * denials.size();
        }
    }

    /** A definite failure: no right has changed. */
    record Refused(PrivilegeError error)
            implements AskReply, GrantReply, RevokeReply, ListReply, EstablishReply, RemoveReply, DenialsReply {}
}
