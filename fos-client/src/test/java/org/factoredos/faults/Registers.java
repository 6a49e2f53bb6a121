package org.factoredos.faults;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number on each volume, written over by a client at one node and read by clients at others, and the history of that: for
 * whether a read was stale is a matter of what had been acknowledged when it was asked for.
 *
 * <p>The number is the name of the one file in a folder. A rename changes it in one step; and what can be stale is what an
 * owner says, for the versions of a file's chunks never change, and need disks that may be out of reach.
 */
final class Registers implements AutoCloseable {
    /** On all volumes, hence in all slices. */
    static final List<String> PATHS = List.of("/register", "/home/register", "/tmp/register", "/srv/register");

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final Pattern SHOWN = Pattern.compile("^:(\\d+)\\s+(\\d+)\\s", Pattern.MULTILINE);

    private final Faulty grid;
    private final List<Thread> threads = new ArrayList<>();
    private final Map<String, ConcurrentLinkedQueue<Done>> histories = new ConcurrentHashMap<>();
    /** Writers share it for a write; who makes them rest has it alone. */
    private final ReadWriteLock writing = new ReentrantReadWriteLock(true);

    private volatile boolean over;

    /**
     * One operation on one register.
     *
     * @param node through which
     * @param value null where nobody knows whether it was written
     */
    record Done(int node, boolean write, int written, Integer value, long calledNanos, long returnedNanos) {}

    /** Makes them; each is 0. */
    Registers(Faulty grid) throws Exception {
        this.grid = grid;
        try (Door door = grid.door(0)) {
            for (String path : PATHS) {
                histories.put(path, new ConcurrentLinkedQueue<>());
                Door.Answer made = door.run("mkdir " + path + " && touch " + path + "/0", PATIENCE);
                if (!made.succeeded()) {
                    throw new IOException(path + " cannot be made: " + made);
                }
            }
        }
    }

    /** From now on each register is written over again and again, through {@code node}. */
    void writeAt(int node) {
        for (String path : PATHS) {
            start("writer of " + path, () -> write(path, node));
        }
    }

    /** From now on each register is read again and again through {@code node}, each reader one after another. */
    void readAt(int node) {
        for (String path : PATHS) {
            start("reader of " + path, () -> read(path, node));
        }
    }

    /**
     * From now on a person at {@code node} types one command after another that reads a register, also while the node does
     * not answer: each is called when it is typed. Returns once the first of each has been answered.
     */
    void typeAt(int node) throws Exception {
        for (String path : PATHS) {
            Person person = new Person(node, path);
            person.type();
            person.awaitAnswer();
            start("typist of " + path, person::typeOn);
        }
    }

    interface Work {
        void run() throws Exception;
    }

    private void start(String name, Work work) {
        threads.add(Thread.ofPlatform().daemon().name(name).start(() -> {
            try {
                work.run();
            } catch (Exception e) {
                Report.say(name + ": " + e);
            }
        }));
    }

    private void write(String path, int node) throws Exception {
        try (Door door = grid.door(node)) {
            for (int number = 1; !over; number++) {
                writing.readLock().lock();
                try {
                    write(door, path, node, number);
                } finally {
                    writing.readLock().unlock();
                }
                LockSupport.parkNanos(PACE_NANOS);
            }
        }
    }

    private void write(Door door, String path, int node, int number) throws IOException {
        Door.Answer done = door.run("mv " + path + "/* " + path + "/" + number, PATIENCE);
        Integer written = done.succeeded() ? number : null;
        note(path, new Done(node, true, number, written, done.calledNanos(), done.returnedNanos()));
    }

    /**
     * Does {@code meanwhile} while nothing is written and no write is under way: an owner that meets a write of its past is
     * stopped by the journal, and only one that does not can be believed to own still.
     */
    void rest(Work meanwhile) throws Exception {
        writing.writeLock().lock();
        try {
            meanwhile.run();
        } finally {
            writing.writeLock().unlock();
        }
    }

    private void read(String path, int node) throws Exception {
        while (!over) {
            try (Door door = grid.door(node)) {
                while (!over) {
                    Door.Answer done = door.run("ls " + path, PATIENCE);
                    if (done.succeeded()) {
                        int value = Integer.parseInt(done.out().strip());
                        note(path, new Done(node, false, 0, value, done.calledNanos(), done.returnedNanos()));
                    }
                    LockSupport.parkNanos(PACE_NANOS);
                }
            } catch (IOException e) {
                LockSupport.parkNanos(PACE_NANOS); // The node is away: it says so each time.
            }
        }
    }

    private void note(String path, Done done) {
        histories.getOrDefault(path, new ConcurrentLinkedQueue<>()).add(done);
    }

    /** Whoever sits at a terminal of a node. */
    private final class Person extends ByteArrayOutputStream {
        private final int node;
        private final String path;
        private final Door door;
        private final Door.Typist typist;
        private final Map<Integer, Long> calledNanos = new ConcurrentHashMap<>();
        private int typed;
        private int read;

        Person(int node, String path) throws Exception {
            this.node = node;
            this.path = path;
            this.door = grid.door(node);
            this.typist = door.shell(this);
        }

        void type() throws IOException {
            calledNanos.put(++typed, System.nanoTime());
            // No $(...), whose file is on a volume of its own: the register's owner alone is to be needed.
            typist.type("echo :" + typed + "; ls " + path);
        }

        void awaitAnswer() throws IOException {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!calledNanos.isEmpty()) {
                if (System.nanoTime() - deadline > 0) {
                    throw new IOException("no answer at node " + (node + 1) + ": " + toString(StandardCharsets.UTF_8));
                }
                LockSupport.parkNanos(PACE_NANOS);
            }
        }

        void typeOn() {
            try {
                while (!over) {
                    type();
                    LockSupport.parkNanos(PACE_NANOS);
                }
            } catch (IOException e) {
                // The node has left, and its sessions with it.
            }
            typist.close();
            door.close();
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            super.write(bytes, offset, length);
            long now = System.nanoTime();
            String shown = toString(StandardCharsets.UTF_8);
            Matcher answer = SHOWN.matcher(shown);
            for (int from = read; answer.find(from); from = answer.end()) {
                read = answer.end();
                Long called = calledNanos.remove(Integer.parseInt(answer.group(1)));
                if (called != null) {
                    note(path, new Done(node, false, 0, Integer.parseInt(answer.group(2)), called, now));
                }
            }
        }
    }

    /** What was done on one register, in the order of its ends. */
    List<Done> history(String path) {
        return List.copyOf(histories.getOrDefault(path, new ConcurrentLinkedQueue<>()));
    }

    /** What operations were answered at {@code node} that were begun in that time. */
    List<Done> answered(int node, long fromNanos, long toNanos) {
        return PATHS.stream()
                .flatMap(path -> history(path).stream())
                .filter(done -> done.node() == node && done.value() != null)
                .filter(done -> done.calledNanos() - fromNanos >= 0 && done.calledNanos() - toNanos < 0)
                .toList();
    }

    /**
     * Ends all readers and writers, then judges what they have seen: a sentence for each read that fits nowhere.
     *
     * <p>One writer at a time writes greater and greater numbers, and a late rename finds its file gone: so a register only
     * grows, and a history is linearizable where no read is behind what was known as it was called, nor ahead of the writer.
     */
    List<String> judge() {
        close();
        List<String> wrong = new ArrayList<>();
        for (String path : PATHS) {
            List<Done> history = history(path);
            List<Done> reads = history.stream().filter(done -> !done.write()).toList();
            Report.say(path + ": " + reads.size() + " reads and " + (history.size() - reads.size()) + " writes judged");
            for (Done read : reads) {
                history.stream()
                        .filter(done -> contradicts(done, read))
                        .findFirst()
                        .ifPresent(done -> wrong.add(path + ": " + read + " contradicts " + done));
            }
        }
        return wrong;
    }

    private static boolean contradicts(Done other, Done read) {
        boolean known = other.value() != null && other.returnedNanos() - read.calledNanos() < 0;
        boolean future = other.write() && other.calledNanos() - read.returnedNanos() > 0;
        return (known && other.value() > read.value()) || (future && other.written() <= read.value());
    }

    @Override
    public void close() {
        over = true;
        for (Thread thread : threads) {
            try {
                thread.join(PATIENCE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
