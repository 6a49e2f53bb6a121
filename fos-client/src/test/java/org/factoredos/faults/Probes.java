package org.factoredos.faults;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Mailbox;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.lib.CallError;
import org.factoredos.lib.Calls;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.LibFos;
import org.factoredos.lib.PipeProtocol;
import org.factoredos.lib.Program;
import org.factoredos.naming.NameError;
import org.factoredos.naming.NameProtocol.Entry;
import org.factoredos.naming.NameProtocol.Flags;

/** Programs that send from the tiles of a grid what a fault test wants sent, and write down what came of it. */
public final class Probes {
    /** By name. */
    public static final Map<String, Program> PROGRAMS = Map.of(
            "prober", Probes::prober,
            "sink", Probes::sink,
            "shoot", Probes::shoot,
            "delete-rounds", Probes::deleteRounds,
            "register-on", Probes::registerOn,
            "send-to-fresh", Probes::sendToFresh,
            "hammer", RightsProbes::hammer,
            "change-rights", RightsProbes::changeRights,
            "wreck", Wreck::run);

    /** What each prober's name begins with; its tile follows. */
    static final String PROBERS = "probe:tile:";

    private static final int MESSAGES = 1 << 20;
    private static final int BYTES = 1 << 30;
    /** A program has no more calls under way. */
    private static final int AT_ONCE = 60;

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long PACE_NANOS = TimeUnit.MICROSECONDS.toNanos(200);
    private static final long FLUSH_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private Probes() {}

    /** Asks a prober to send something to {@code name}. */
    public record TrySend(String name) implements Payload.Request<Tried> {}

    /** What came of it: a {@link SendResult}. */
    public record Tried(String result) implements Payload {}

    /** {@code prober}: sends from its tile what it is asked to send, until it is killed. */
    private static int prober(Fos fos, List<String> arguments) throws IOException {
        Calls calls = ((LibFos) fos).calls();
        Client client = calls.client();
        Mailbox asked = client.createMailbox(64, 1 << 16);
        fos.register(
                client.addressOf(asked),
                PROBERS + fos.tile().node().number() + "-" + fos.tile().x() + "-"
                        + fos.tile().y(),
                Flags.SINGLE);
        while (true) {
            calls.await(() -> !asked.isEmpty(), Long.MAX_VALUE);
            Envelope in = asked.take();
            if (in != null && in.payload() instanceof TrySend(String name)) {
                SendResult result = calls.send(new Name(name), new PipeProtocol.PipeProbed());
                client.reply(in.from(), in.call(), new Tried(result.name()), null, ignored -> {});
            }
        }
    }

    /** {@code sink NAME}: takes whatever is sent to a name, until it is killed. */
    private static int sink(Fos fos, List<String> arguments) throws IOException {
        Address mailbox = fos.createMailbox(MESSAGES, BYTES);
        fos.register(mailbox, arguments.getFirst(), Flags.SINGLE);
        while (true) {
            fos.receive(mailbox, PATIENCE);
        }
    }

    /** {@code shoot NAME FILE}: sends to a name, some thousand messages a second, and writes to a host's file of
     * each whether it was accepted, and when it was invoked. */
    private static int shoot(Fos fos, List<String> arguments) throws IOException {
        Name name = new Name(arguments.get(0));
        try (DataOutputStream log = new DataOutputStream(
                new BufferedOutputStream(Files.newOutputStream(Path.of(arguments.get(1))), 1 << 16))) {
            long flushed = System.nanoTime();
            while (true) {
                long invoked = System.nanoTime();
                SendResult result = fos.send(name, new PipeProtocol.PipeProbed());
                log.writeBoolean(result == SendResult.ACCEPTED);
                log.writeLong(invoked);
                if (invoked - flushed > FLUSH_NANOS) {
                    log.flush();
                    flushed = invoked;
                }
                LockSupport.parkNanos(PACE_NANOS);
            }
        }
    }

    /**
     * {@code delete-rounds ROUNDS FILE}: a name is registered, sent to from every prober's tile, deleted, sent to again (which each
     * tile remembers as an absence), and registered for another mailbox. Writes what was not as it should be, and how much it
     * was, to a host's file.
     */
    private static int deleteRounds(Fos fos, List<String> arguments) throws IOException {
        int rounds = Integer.parseInt(arguments.getFirst());
        List<Address> probers = fos.names(PROBERS + "*").stream()
                .map(prober -> prober.mailboxes().getFirst())
                .toList();
        Address one = fos.createMailbox(MESSAGES, BYTES);
        Address other = fos.createMailbox(MESSAGES, BYTES);
        List<String> wrong = new ArrayList<>();
        for (int round = 0; round < rounds && wrong.isEmpty(); round++) {
            String name = "probe:round:" + round % 16;
            settle(() -> fos.register(one, name, Flags.SINGLE));
            expect(wrong, round + " registered", probers.size(), tryAll(fos, probers, name), SendResult.ACCEPTED);
            expect(wrong, round + " registered: messages", probers.size(), drain(fos, one));
            settle(() -> fos.deleteName(name));
            expect(wrong, round + " deleted", probers.size(), tryAll(fos, probers, name), SendResult.NO_SUCH_NAME);
            expect(wrong, round + " deleted: messages", 0, drain(fos, one));
            settle(() -> fos.register(other, name, Flags.SINGLE));
            expect(wrong, round + " again", probers.size(), tryAll(fos, probers, name), SendResult.ACCEPTED);
            expect(wrong, round + " again: messages", probers.size(), drain(fos, other));
            settle(() -> fos.deleteName(name));
        }
        Path verdict = Path.of(arguments.get(1));
        Path written = verdict.resolveSibling("unfinished-" + verdict.getFileName());
        wrong.add(rounds + " rounds, " + probers.size() + " tiles, " + wrong.size() + " wrong");
        Files.write(written, wrong);
        Files.move(written, verdict);
        return 0;
    }

    private static Map<String, Integer> tryAll(Fos fos, List<Address> probers, String name) throws IOException {
        Calls calls = ((LibFos) fos).calls();
        Map<String, Integer> results = new TreeMap<>();
        for (int from = 0; from < probers.size(); from += AT_ONCE) {
            List<Calls.Pending<Tried>> pending = new ArrayList<>();
            for (Address prober : probers.subList(from, Math.min(from + AT_ONCE, probers.size()))) {
                pending.add(calls.begin(prober, new TrySend(name), null));
            }
            calls.await(() -> pending.stream().allMatch(calls::done), fos.nanoTime() + PATIENCE.toNanos());
            for (Calls.Pending<Tried> each : pending) {
                Tried tried = each.answer();
                results.merge(tried == null ? "no answer" : tried.result(), 1, Integer::sum);
                calls.forget(each);
            }
        }
        return results;
    }

    private static int drain(Fos fos, Address mailbox) {
        int taken = 0;
        while (fos.receive(mailbox, Duration.ZERO).isPresent()) {
            taken++;
        }
        return taken;
    }

    private static void expect(
            List<String> wrong, String when, int count, Map<String, Integer> results, SendResult expected) {
        if (!results.equals(Map.of(expected.name(), count))) {
            wrong.add(when + ": " + results + ", not " + count + " " + expected);
        }
    }

    private static void expect(List<String> wrong, String when, int expected, int count) {
        if (count != expected) {
            wrong.add(when + ": " + count + ", not " + expected);
        }
    }

    /** {@code register-on PREFIX FILE}: registers one name after the other, each until it is settled; a line of the file each. */
    private static int registerOn(Fos fos, List<String> arguments) throws IOException {
        Address mailbox = fos.createMailbox(MESSAGES, BYTES);
        try (PrintWriter log = new PrintWriter(Files.newBufferedWriter(Path.of(arguments.get(1))))) {
            for (int number = 0; ; number++) {
                String name = arguments.getFirst() + number;
                long invoked = System.nanoTime();
                int attempts = settle(() -> fos.register(mailbox, name, Flags.SINGLE));
                log.println(name + " " + invoked + " " + System.nanoTime() + " " + attempts);
                log.flush();
            }
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    /** Does it again while nobody knows whether it was done, and when the fleet was busy; how often. */
    private static int settle(Work work) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                work.run();
                return attempt;
            } catch (FosException e) {
                boolean done = attempt > 1 && e.error() == NameError.NO_SUCH_NAME; // A delete that was carried out.
                if (done) {
                    return attempt;
                }
                if (e.error() != CallError.TIMED_OUT
                        && e.error() != SendResult.QUEUE_FULL
                        && e.error() != NameError.BUSY) {
                    throw e;
                }
            }
        }
    }

    /**
     * {@code send-to-fresh PREFIX FILE}: sends once to each of the names that begin so, none of which its tile has ever heard
     * of, a few a second; a line each.
     */
    private static int sendToFresh(Fos fos, List<String> arguments) throws IOException {
        Map<String, Entry> names = new LinkedHashMap<>();
        fos.names(arguments.getFirst() + "*").forEach(entry -> names.put(entry.name(), entry));
        try (PrintWriter log = new PrintWriter(Files.newBufferedWriter(Path.of(arguments.get(1))))) {
            for (String name : names.keySet()) {
                long invoked = System.nanoTime();
                SendResult result = fos.send(new Name(name), new PipeProtocol.PipeProbed());
                log.println(name + " " + invoked + " " + System.nanoTime() + " " + result);
                log.flush();
                fos.sleep(Duration.ofMillis(50));
            }
        }
        return 0;
    }
}
