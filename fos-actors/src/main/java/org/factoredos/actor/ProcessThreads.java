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
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    /** Less is gathered; the clock is no finer. */
    private static final long SHORTEST_REST_NANOS = 1_000_000L;

    private static final long LONGEST_REST_NANOS = 64_000_000L;
    /** What the system runs for its users, such as a terminal's driver, is nobody's share. */
    private static final String SYSTEM = "sys:";

    private final OperatingSystemMXBean machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final Map<Client, Running> running = new ConcurrentHashMap<>();
    /** What those have used that have ended since the last look, in nanoseconds, by domain. */
    private final Map<String, Long> ended = new ConcurrentHashMap<>();

    private final Pacing pacing = new Pacing();

    private static final class Running {
        private final long thread = Thread.currentThread().threadId();
        private long lookedNanos;
        private volatile int times;
        /** Of what it has used of the processors, for so much it has rested; its own thread's. */
        private long restedForNanos;

        Running(int times) {
            this.times = times;
        }

        synchronized long sinceLast(long usedNanos) {
            long since = Math.max(0, usedNanos - lookedNanos);
            lookedNanos = Math.max(lookedNanos, usedNanos);
            return since;
        }

        /** Its own thread asks for how long to rest now. */
        long restNanos() {
            int many = times;
            if (many == 0) {
                return 0;
            }
            long used = THREADS.getCurrentThreadCpuTime();
            long rest = Math.min(many * (used - restedForNanos), LONGEST_REST_NANOS);
            if (rest < SHORTEST_REST_NANOS) {
                return 0;
            }
            restedForNanos = used;
            return rest;
        }
    }

    /** Runs a program to its end in the thread that calls, its own. */
    void run(Client client, Runnable program) {
        String domain = client.domain();
        if (domain.startsWith(SYSTEM)) {
            program.run();
            return;
        }
        Running itself = new Running(times(domain));
        client.restsFor(itself::restNanos);
        running.put(client, itself);
        try {
            program.run();
        } finally {
            running.remove(client);
            ended.merge(domain, itself.sinceLast(THREADS.getCurrentThreadCpuTime()), Long::sum);
        }
    }

    private synchronized int times(String domain) {
        return pacing.times(domain);
    }

    /** Again every {@link Pacing#LOOK_NANOS}. */
    synchronized void look() {
        Map<String, Long> used = new HashMap<>();
        for (String domain : List.copyOf(ended.keySet())) {
            Long nanos = ended.remove(domain);
            used.merge(domain, nanos == null ? 0 : nanos, Long::sum);
        }
        running.forEach((client, one) ->
                used.merge(client.domain(), one.sinceLast(THREADS.getThreadCpuTime(one.thread)), Long::sum));
        pacing.look(machine.getCpuLoad(), used);
        running.forEach((client, one) -> one.times = pacing.times(client.domain()));
    }
}
