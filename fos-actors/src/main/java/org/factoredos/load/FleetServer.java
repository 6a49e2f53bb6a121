package org.factoredos.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.factoredos.fleet.KeptServer;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Mailbox;
import org.factoredos.lib.Fos;
import org.factoredos.lib.LibFos;
import org.factoredos.lib.ProcessKilled;
import org.factoredos.lib.ServerThread;
import org.factoredos.lib.UsageException;
import org.factoredos.naming.NameProtocol;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;
import org.factoredos.server.Fleet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process of one server of a user's fleet. */
public final class FleetServer {
    private static final Logger LOG = LoggerFactory.getLogger(FleetServer.class);

    /** What stands first among the arguments of each of them; behind it the fleet's name, its bounds, and its own arguments. */
    public static final String WORD = "--fleet";

    private static final int OWN_ARGUMENTS = 4;
    private static final Pattern NUMBER = Pattern.compile("[1-9]\\d{0,3}");
    private static final int MOST_MESSAGES = 4096;
    private static final long MOST_BYTES = 64L << 20;

    private FleetServer() {}

    /** A process of one; {@code err} has what it complains of as it starts. */
    public static ProcessSpec spec(
            Fos fos, String jar, String name, KeptServer.Bounds bounds, List<String> arguments, Stream err) {
        List<String> all =
                new ArrayList<>(List.of(WORD, name, Integer.toString(bounds.least()), Integer.toString(bounds.most())));
        all.addAll(arguments);
        Stream nothing = new Stream.Nothing();
        return new ProcessSpec(
                jar,
                all,
                "/",
                new TreeMap<>(fos.environment()),
                nothing,
                nothing,
                err,
                ProcessSpec.Tracing.NONE,
                fos.domain());
    }

    static int run(Fos fos, String jar, Fleet fleet, List<String> arguments) throws IOException {
        if (arguments.size() < OWN_ARGUMENTS
                || !arguments.getFirst().equals(WORD)
                || !NUMBER.matcher(arguments.get(2)).matches()
                || !NUMBER.matcher(arguments.get(3)).matches()) {
            throw new UsageException("it is a fleet, which 'fleet deploy " + jar + "' starts");
        }
        String name = arguments.get(1);
        KeptServer.Bounds bounds =
                new KeptServer.Bounds(Integer.parseInt(arguments.get(2)), Integer.parseInt(arguments.get(3)));
        List<String> its = arguments.subList(OWN_ARGUMENTS, arguments.size());
        LibFos own = (LibFos) fos;
        Client client = own.calls().client();
        Mailbox requests = client.createMailbox(MOST_MESSAGES, MOST_BYTES);
        Fleet.Site site = new Fleet.Site(name, client.addressOf(requests), fos.domain(), its);
        ProcessSpec further = spec(fos, jar, name, bounds, its, new Stream.Nothing());
        KeptServer server;
        try {
            server = new KeptServer(
                    fleet,
                    site,
                    bounds,
                    further,
                    requests::messages,
                    e -> LOG.error("a server of fleet {} failed; a new one takes its place", name, e));
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
        fos.register(site.address(), name, NameProtocol.Flags.FLEET);
        try {
            new ServerThread(own, requests, (request, done) -> {
                        throw new IllegalStateException("a user's fleet has no device");
                    })
                    .run(
                            () -> server,
                            List.of(new KeptServer.Begun()),
                            server::over,
                            e -> LOG.error("the keeper of fleet {} failed; it begins anew", name, e));
        } catch (ProcessKilled e) {
            throw e;
        } catch (Error e) {
            LOG.error("a server of fleet {} has ended", name, e);
            throw e;
        }
        return 0;
    }
}
