package org.factoredos.faults;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.RightKind;
import org.factoredos.kernel.SendResult;
import org.factoredos.lib.Calls;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.LibFos;
import org.factoredos.lib.PipeProtocol;
import org.factoredos.privilege.PrivilegeProtocol.GrantRight;
import org.factoredos.privilege.PrivilegeProtocol.Refused;
import org.factoredos.privilege.PrivilegeProtocol.RevokeRight;
import org.factoredos.privilege.Right;

/** Programs that race sends against changes of the right to them, and write down when each began and ended. */
final class RightsProbes {
    private static final Name FLEET = new Name("sys:privileges");
    private static final int AT_ONCE = 64;
    private static final long PACE_NANOS = TimeUnit.MICROSECONDS.toNanos(100);
    private static final long STALL_NANOS = TimeUnit.MILLISECONDS.toNanos(30);
    private static final long STALL_EACH_NANOS = TimeUnit.MILLISECONDS.toNanos(120);
    private static final Duration LASTS = Duration.ofMillis(40);

    private RightsProbes() {}

    /** Whoever takes it out of its mailbox is held up, as on a machine that has other things to do. */
    private record Stall(Thread sender) implements Payload {
        @Override
        public int bytes() {
            if (Thread.currentThread() != sender) {
                LockSupport.parkNanos(STALL_NANOS);
            }
            return 64;
        }
    }

    /**
     * {@code hammer NAME FILE}: sends to a name without waiting for the results, and writes to a host's file of each send what
     * came of it, and when it was invoked and ended.
     *
     * <p>Now and then, and while a right is asked for, it holds up its own tile's microkernel, which so is late to drop the
     * right, and has the answer before it only afterwards; what its tile knows it sends by meanwhile.
     */
    static int hammer(Fos fos, List<String> arguments) throws IOException {
        Name name = new Name(arguments.get(0));
        Calls calls = ((LibFos) fos).calls();
        Client client = calls.client();
        AtomicInteger underWay = new AtomicInteger();
        Queue<RacedSend> ended = new ConcurrentLinkedQueue<>();
        long stalled = System.nanoTime();
        boolean known = false;
        try (DataOutputStream log = new DataOutputStream(
                new BufferedOutputStream(Files.newOutputStream(Path.of(arguments.get(1))), 1 << 16))) {
            while (true) {
                calls.await(() -> underWay.get() < AT_ONCE, Long.MAX_VALUE);
                long invoked = System.nanoTime();
                underWay.incrementAndGet();
                client.send(name, new PipeProtocol.PipeProbed(), result -> {
                    ended.add(new RacedSend(result, invoked, System.nanoTime()));
                    underWay.decrementAndGet();
                    client.wake();
                });
                boolean asks = known && underWay.get() > 0;
                known = underWay.get() == 0;
                if (asks || invoked - stalled > STALL_EACH_NANOS) {
                    client.send(client.microkernel().address(), new Stall(Thread.currentThread()), result -> {});
                    stalled = invoked;
                }
                for (RacedSend next = ended.poll(); next != null; next = ended.poll()) {
                    next.write(log);
                }
                LockSupport.parkNanos(PACE_NANOS);
            }
        }
    }

    /**
     * {@code change-rights DOMAIN TARGET FILE}: grants a right to send and revokes it, over and over, until there is a file
     * {@code FILE.stop}; a line of the host's file as each begins, and as it is answered.
     */
    static int changeRights(Fos fos, List<String> arguments) throws IOException {
        Right right = new Right(arguments.get(0), RightKind.SEND, arguments.get(1));
        Path stop = Path.of(arguments.get(2) + ".stop");
        try (PrintWriter log = new PrintWriter(Files.newBufferedWriter(Path.of(arguments.get(2))))) {
            for (int round = 0; !Files.exists(stop); round++) {
                change(fos, log, "grant", new GrantRight(right));
                fos.sleep(LASTS.multipliedBy(round % 2)); // Each other grant is over before every tile has heard of it.
                change(fos, log, "revoke", new RevokeRight(right));
                fos.sleep(LASTS);
            }
            log.println(RightChanges.END);
        }
        return 0;
    }

    private static void change(Fos fos, PrintWriter log, String what, Payload.Request<?> request) throws IOException {
        log.println(what + " " + System.nanoTime());
        log.flush();
        String came;
        try {
            came = fos.ask(FLEET, request) instanceof Refused(var error) ? error.name() : RightChanges.DONE;
        } catch (FosException e) {
            came = e.error().toString(); // Nobody knows whether it was done, or it was not.
        }
        log.println(came + " " + System.nanoTime());
        log.flush();
    }

    /** One send: what came of it, when it was invoked, and when its sender heard. */
    record RacedSend(SendResult result, long invokedNanos, long endedNanos) {
        static final int BYTES = 1 + 2 * Long.BYTES;
        private static final List<SendResult> RESULTS = List.of(SendResult.values());

        static RacedSend read(DataInputStream log) throws IOException {
            return new RacedSend(RESULTS.get(log.readByte()), log.readLong(), log.readLong());
        }

        void write(DataOutputStream log) throws IOException {
            log.writeByte(RESULTS.indexOf(result));
            log.writeLong(invokedNanos);
            log.writeLong(endedNanos);
        }
    }
}
