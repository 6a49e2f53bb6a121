package org.factoredos.boot;

import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.server.Device;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.factoredos.server.Server;

/** What runs the cores of one node; its microkernels run already. */
public interface MachineRoom {
    /**
     * Runs a bootstrap server on the tile kept for it, and replaces its core when that fails.
     *
     * @param device what the core's device effects go to
     * @param mayAnswer asked as each reply leaves
     * @return done as soon as it takes requests
     */
    CompletionStage<Client> serve(
            Reserved place, String domain, Supplier<? extends Server> cores, Device device, BooleanSupplier mayAnswer);

    /**
     * From now on further servers of {@code fleet} can be started on tiles of this node, as its placement server wants.
     *
     * @param fleet the name that all of them are in
     */
    void offer(String fleet, Offer offer);

    /**
     * What a further server of a fleet is made of.
     *
     * @param domain the protection domain that it acts in
     * @param cores makes one, which takes requests at that address
     */
    record Offer(String domain, Function<Address, ? extends Server> cores, Device device) {}

    /** Tells every server that watches it, those that come later too, who the members are. */
    void tell(Membership membership);
}
