package org.factoredos.lib;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Leaving;
import org.factoredos.kernel.Mailbox;
import org.factoredos.server.Continuation;
import org.factoredos.server.Device;
import org.factoredos.server.Response;
import org.factoredos.server.RunLoop;
import org.factoredos.server.Server;

/**
 * A process that is a server: its own thread runs the run loop (§3.2.1) of a core, and makes no system calls meanwhile. A core
 * that throws has a fresh one in its place, as with the servers of boot.
 */
public final class ServerThread {
    private final Calls calls;
    private final Client client;
    private final Mailbox requests;
    private final Device device;

    public ServerThread(LibFos fos, Mailbox requests, Device device) {
        this.calls = fos.calls();
        this.client = calls.client();
        client.moves(Leaving.Reach.NOWHERE);
        this.requests = requests;
        this.device = device;
    }

    /**
     * Until the process is ended, or has nothing to do and is {@code over}.
     *
     * @param first what each core is told before anything else
     */
    public void run(
            Supplier<? extends Server> cores,
            List<Continuation> first,
            BooleanSupplier over,
            Consumer<RuntimeException> failed) {
        calls.serving(true);
        try {
            serve(cores, first, over, failed);
        } finally {
            calls.serving(false);
        }
    }

    private void serve(
            Supplier<? extends Server> cores,
            List<Continuation> first,
            BooleanSupplier over,
            Consumer<RuntimeException> failed) {
        boolean ended = false;
        while (!ended) {
            RunLoop loop = new RunLoop(client, requests, cores.get(), device, () -> true);
            first.forEach(news -> loop.tell(news, new Response.DeadlinePassed()));
            try {
                drive(loop, over);
                ended = true;
            } catch (ProcessKilled e) {
                throw e;
            } catch (RuntimeException e) {
                failed.accept(e);
                loop.abandon();
            }
        }
    }

    private void drive(RunLoop loop, BooleanSupplier over) {
        while (!client.closed()) {
            calls.handleSignals();
            if (loop.turn(client.nanos()).isPresent()) {
                throw new IllegalStateException("only an owner persists, and a process has no journal");
            }
            if (loop.rest()) {
                if (over.getAsBoolean()) {
                    return;
                }
                LockSupport.parkNanos(this, Math.max(loop.nextDeadlineNanos() - client.nanos(), 0));
            }
        }
    }
}
