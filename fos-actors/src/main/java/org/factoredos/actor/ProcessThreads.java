package org.factoredos.actor;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.factoredos.kernel.Client;

/** The threads in which the programs of one node run, and how they share the machine's processors. */
final class ProcessThreads {
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final OperatingSystemMXBean machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final Map<Client, Running> running = new ConcurrentHashMap<>();
    /** What those have used that have ended since the last look, in nanoseconds, by domain. */
    private final Map<String, Long> ended = new ConcurrentHashMap<>();

    private final Pacing pacing = new Pacing();

    /** How much of the processors' time a thread had used at the last look. */
    private static final class Running {
        final long thread;
        long usedNanos;

        Running(long thread) {
            this.thread = thread;
        }

        synchronized long since(long nanos) {
            long since = Math.max(0, nanos - usedNanos);
            usedNanos = Math.max(usedNanos, nanos);
            return since;
        }
    }

    /** Runs a program to its end in the thread that calls, its own. */
    void run(Client client, Runnable program) {
        Running thread = new Running(Thread.currentThread().threadId());
        client.restBeforeCalls(restNanos(client.domain()));
        running.put(client, thread);
        try {
            program.run();
        } finally {
            running.remove(client);
            ended.merge(client.domain(), thread.since(threads.getCurrentThreadCpuTime()), Long::sum);
        }
    }

    private synchronized long restNanos(String domain) {
        return pacing.restNanos(domain);
    }

    /** Again every {@link Pacing#LOOK_NANOS}. */
    synchronized void look() {
        Map<String, Long> used = new HashMap<>();
        for (String domain : List.copyOf(ended.keySet())) {
            Long nanos = ended.remove(domain);
            used.merge(domain, nanos == null ? 0 : nanos, Long::sum);
        }
        running.forEach((client, thread) ->
                used.merge(client.domain(), thread.since(threads.getThreadCpuTime(thread.thread)), Long::sum));
        pacing.look(machine.getCpuLoad(), used);
        running.keySet().forEach(client -> client.restBeforeCalls(pacing.restNanos(client.domain())));
    }
}
