package org.factoredos.boot;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Microkernel;
import org.factoredos.kernel.Payload;
import org.factoredos.lib.Calls;
import org.factoredos.lib.Execution;
import org.factoredos.lib.Fos;
import org.factoredos.lib.LibFos;
import org.factoredos.lib.ProcessKilled;
import org.factoredos.lib.Program;
import org.factoredos.placement.ProcessSpec;

/**
 * The first program of a node: boot's hands inside the grid, and the parent of what is started from outside.
 *
 * <p>It is an ordinary client on a tile, the farthest one from the bootstrap servers. It runs what other threads hand it,
 * one after the other; the processes that they want started run on beside it.
 */
final class Init {
    static final String DOMAIN = "sys:init";
    private static final int OUTSTANDING_CALLS = 256;
    private static final long FOREVER = Long.MAX_VALUE;

    /** What another thread wants done with system calls. */
    @FunctionalInterface
    interface Task<T> {
        T run(Fos fos) throws IOException;
    }

    private final Queue<Program> tasks = new ConcurrentLinkedQueue<>();
    private final List<Errand> errands = new ArrayList<>();
    private final Client client;
    private final Thread thread;

    /** {@code spec}: where its streams lead, and its environment. */
    Init(Microkernel tile, ProcessSpec spec) {
        Thread itself =
                Thread.ofPlatform().name("init on " + tile.tile()).daemon().unstarted(() -> run(spec));
        thread = itself;
        client = tile.open(DOMAIN, OUTSTANDING_CALLS, () -> LockSupport.unpark(itself));
        Execution.prepare(client, spec);
    }

    /** The one of a node's tiles where it runs. */
    static TileId tile(List<TileId> tiles) {
        return tiles.getLast();
    }

    void start() {
        thread.start();
    }

    /** Any thread: ends it at its next system call. */
    void stop() {
        client.close();
    }

    /** Any thread: has {@code task} run; what it throws is the future's. */
    <T> CompletableFuture<T> run(Task<T> task) {
        CompletableFuture<T> done = new CompletableFuture<>();
        hand((fos, arguments) -> {
            try {
                done.complete(task.run(fos));
            } catch (ProcessKilled e) {
                done.completeExceptionally(e);
                throw e;
            } catch (IOException | RuntimeException e) {
                done.completeExceptionally(e);
            }
            return 0;
        });
        return done;
    }

    /** Any thread: has a program started on a free tile. */
    StartedProcess process(ProcessSpec spec) {
        return begin(new StartedProcess(spec, this::run));
    }

    /** Any thread: has the owners of the fleet that {@code front} belongs to asked. */
    OwnersAsked owners(Address front) {
        return begin(new OwnersAsked(front));
    }

    /** Any thread: has a request made that may be carried out twice. */
    <R extends Payload> Question<R> question(Destination to, Payload.Request<R> request) {
        return begin(new Question<>(to, request));
    }

    private <E extends Errand> E begin(E errand) {
        hand((fos, arguments) -> {
            errands.add(errand);
            return 0;
        });
        return errand;
    }

    private void hand(Program task) {
        tasks.add(task);
        client.wake();
    }

    private void run(ProcessSpec spec) {
        int status = Execution.run((fos, arguments) -> work((LibFos) fos), client, spec);
        client.microkernel().ended(client, status);
        errands.forEach(Errand::abandon);
    }

    private int work(LibFos fos) throws IOException {
        Calls calls = fos.calls();
        while (true) {
            for (Program task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run(fos, List.of());
            }
            errands.forEach(errand -> errand.advance(calls));
            errands.removeIf(Errand::over);
            long now = client.nanos();
            long due = errands.stream()
                    .mapToLong(errand -> errand.dueNanos() - now)
                    .min()
                    .orElse(FOREVER);
            calls.await(
                    () -> !tasks.isEmpty() || errands.stream().anyMatch(Errand::hasNews),
                    due == FOREVER ? FOREVER : now + due);
        }
    }
}
