package org.factoredos.gateway;

import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.factoredos.driver.ConsoleDriver;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Mailbox;
import org.factoredos.lib.Fos;
import org.factoredos.lib.LibFos;
import org.factoredos.lib.Program;
import org.factoredos.lib.ServerThread;
import org.factoredos.lib.UsageException;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;
import org.factoredos.server.Device;
import org.slf4j.LoggerFactory;

/**
 * The driver of one session's terminal, on a tile of its own: a {@link ConsoleDriver} that placement starts like any
 * program, for sessions come and go. Its one argument says which of this node's sessions it is for.
 */
final class TerminalProgram implements Program {
    static final String NAME = "terminal";

    private static final String DOMAIN = "sys:console";

    private static final int MOST_MESSAGES = 1024;
    private static final long MOST_BYTES = 16L << 20;

    private final Offers<Offer> offers = new Offers<>();

    /**
     * A terminal without a driver.
     *
     * @param driven the driver's mailbox, once it drives
     */
    record Offer(Device device, CompletableFuture<Address> driven) {}

    /** In the domain of all console drivers, to which every user may send, and which may use such a device. */
    static ProcessSpec spec(String offer) {
        Stream nothing = new Stream.Nothing();
        return new ProcessSpec(
                NAME,
                List.of(offer),
                "/",
                new TreeMap<>(),
                nothing,
                nothing,
                nothing,
                ProcessSpec.Tracing.NONE,
                DOMAIN);
    }

    Offers<Offer> offers() {
        return offers;
    }

    @Override
    public int run(Fos fos, List<String> arguments) throws UsageException {
        Offer offer = offers.take(arguments);
        if (offer == null) {
            throw new UsageException("a terminal's driver is started for a session over SSH, never by hand");
        }
        LibFos own = (LibFos) fos;
        Client client = own.calls().client();
        Mailbox requests = client.createMailbox(MOST_MESSAGES, MOST_BYTES);
        offer.driven().complete(client.addressOf(requests));
        new ServerThread(own, requests, offer.device())
                // This is made before its node, which says where logs go; a logger then would have them elsewhere.
                .run(
                        ConsoleDriver::new,
                        List.of(),
                        () -> false,
                        e -> LoggerFactory.getLogger(TerminalProgram.class)
                                .error("the driver of a terminal failed; a new one takes its place", e));
        return 0;
    }
}
