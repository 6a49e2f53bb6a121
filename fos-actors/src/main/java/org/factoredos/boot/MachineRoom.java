package org.factoredos.boot;

import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
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

    /** Tells every server that watches it, those that come later too, who the members are. */
    void tell(Membership membership);
}
