package org.factoredos.privilege;

import java.util.List;
import java.util.regex.Pattern;
import org.factoredos.kernel.Payload;

/**
 * What the privilege fleet is asked about the keys with which people come in from outside, in the name of a domain.
 *
 * <p>They stand beside the domain's rights, with the same owner: whoever may change who comes in as somebody is as mighty as
 * whoever may grant that somebody's rights. So both changes need the right GRANT, with a target that covers the domain.
 *
 * <p>A key is a text, as OpenSSH writes public ones: type, base64 and, perhaps, whose it is. The fleet only keeps it.
 */
public interface KeyProtocol {
    sealed interface Request<R extends Reply> extends Payload.Request<R> {}

    sealed interface Reply extends Payload {}

    int MOST_KEYS = 16;
    /** More than RSA's longest that anybody uses. */
    int LONGEST_KEY = 3000;

    Pattern KEY = Pattern.compile("[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}( [^\\p{Cntrl}]*)?");

    /** Whether it looks like one; whether anybody comes in with it, the doors find out. */
    static boolean isKey(String text) {
        return text.length() <= LONGEST_KEY && KEY.matcher(text).matches();
    }

    /** Of a domain that has been established. What stands behind type and base64 is only said beside the key. */
    record AddKey(String domain, String key) implements Request<AddReply> {
        @Override
        public int bytes() {
            return 64 + 2 * key.length();
        }
    }

    sealed interface AddReply extends Reply {}

    /** {@code added}: false where the domain had the key before. */
    record KeyAdded(boolean added) implements AddReply {}

    /** For the doors of nodes: who may come in as {@code domain}. Nobody, where there is no such domain. */
    record ListKeys(String domain) implements Request<KeysReply> {}

    sealed interface KeysReply extends Reply {}

    record KeysListed(List<String> keys) implements KeysReply {
        public KeysListed {
            keys = List.copyOf(keys);
        }

        @Override
        public int bytes() {
            return 64 + keys.stream().mapToInt(key -> 16 + 2 * key.length()).sum();
        }
    }

    /**
     * The domains that were established and not removed, in order.
     *
     * @param after the last of the page before; empty for the first page
     */
    record ListDomains(String after) implements Request<DomainsReply> {}

    int MOST_LISTED = 32;

    sealed interface DomainsReply extends Reply {}

    /** One page. {@code more}: whether there is a next one. */
    record DomainsListed(List<Domain> domains, boolean more) implements DomainsReply {
        public DomainsListed {
            domains = List.copyOf(domains);
        }

        @Override
        public int bytes() {
            return 64 + domains.stream().mapToInt(Domain::bytes).sum();
        }
    }

    /** A domain, and who may come in as it. */
    record Domain(String name, List<String> keys) {
        public Domain {
            keys = List.copyOf(keys);
        }

        int bytes() {
            return 64 + keys.stream().mapToInt(key -> 16 + 2 * key.length()).sum();
        }
    }

    /** Takes all keys of a domain away: who is in stays in, and nobody comes in any more. */
    record RemoveKeys(String domain) implements Request<RemoveReply> {}

    sealed interface RemoveReply extends Reply {}

    record KeysRemoved() implements RemoveReply {}

    /** A definite failure: no key has changed. */
    record Refused(KeyError error) implements AddReply, KeysReply, DomainsReply, RemoveReply {}
}
