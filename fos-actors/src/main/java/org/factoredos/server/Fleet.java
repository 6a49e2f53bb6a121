package org.factoredos.server;

import java.util.List;
import org.factoredos.kernel.Address;

/**
 * A fleet of one's own (§3.2): what the {@code Main-Class} of a jar is that {@code fleet deploy} starts, several times, behind
 * one name. It has a public constructor without parameters.
 */
@FunctionalInterface
public interface Fleet {
    /**
     * One of its servers.
     *
     * @param name which clients send to
     * @param address where this one takes requests: no other has it, nor one of before
     * @param domain the protection domain (§3.1.2) of whoever deployed it, which it acts in
     * @param arguments those of {@code fleet deploy}
     */
    record Site(String name, Address address, String domain, List<String> arguments) {
        public Site {
            arguments = List.copyOf(arguments);
        }
    }

    /**
     * The core of the server there; a new one where one has failed. It has neither a journal nor a device: what is to outlive
     * it the file fleet keeps.
     *
     * @throws IllegalArgumentException arguments that make no sense, in a sentence
     */
    Server server(Site site);
}
