package org.factoredos.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Appends numbered lines to one file, each when the one before has been acknowledged or has failed, and remembers which is
 * which. Where a line has failed nobody knows whether it was written: the next one has another number.
 */
final class Writer implements AutoCloseable {
    /** Lines are long enough for a file to grow over the borders of chunks. */
    private static final String REST = " " + "-".repeat(70);

    private static final Pattern LINE = Pattern.compile("([1-9]\\d{0,8}) -{70}");
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Faulty grid;
    private final String path;
    private final AtomicInteger node;
    private final Thread thread;
    private volatile boolean over;
    private final List<Line> lines = new ArrayList<>(); // Under its own lock, as what follows.
    private int at;
    private long began;

    /**
     * One line.
     *
     * @param wrong why it was not acknowledged; empty where it was
     */
    record Line(int number, int node, long calledNanos, long returnedNanos, String wrong) {
        boolean acknowledged() {
            return wrong.isEmpty();
        }
    }

    /** A time without an acknowledgement. */
    record Gap(long fromNanos, long toNanos, String path) {
        Duration length() {
            return Duration.ofNanos(toNanos - fromNanos);
        }
    }

    private Writer(Faulty grid, String path, int node) {
        this.grid = grid;
        this.path = path;
        this.node = new AtomicInteger(node);
        this.at = node;
        this.thread = Thread.ofPlatform().daemon().name("writer of " + path).unstarted(this::write);
    }

    static Writer start(Faulty grid, String path, int node) {
        Writer writer = new Writer(grid, path, node);
        writer.began = System.nanoTime();
        writer.thread.start();
        return writer;
    }

    String path() {
        return path;
    }

    int node() {
        return node.get();
    }

    /** From the next line on it writes through that node; returns when it does. */
    void moveTo(int other) throws InterruptedException {
        node.set(other);
        await(() -> at == other || over, PATIENCE);
    }

    /** Waits until a line is acknowledged that was begun since then; false where none was by {@code deadlineNanos}. */
    boolean acknowledges(long sinceNanos, long deadlineNanos) throws InterruptedException {
        return await(
                () -> lines.stream().anyMatch(line -> line.calledNanos() - sinceNanos >= 0 && line.acknowledged()),
                Duration.ofNanos(deadlineNanos - System.nanoTime()));
    }

    private boolean await(BooleanSupplier condition, Duration within) throws InterruptedException {
        long deadline = System.nanoTime() + within.toNanos();
        synchronized (lines) {
            while (!condition.getAsBoolean()) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    return false;
                }
                lines.wait(left);
            }
            return true;
        }
    }

    private void write() {
        Map<Integer, Door> doors = new HashMap<>();
        for (int number = 1; !over; number++) {
            int here = node.get();
            synchronized (lines) {
                at = here;
                lines.notifyAll();
            }
            Line line = append(doors, here, number);
            synchronized (lines) {
                lines.add(line);
                lines.notifyAll();
            }
            LockSupport.parkNanos(PACE_NANOS); // Four writers as fast as they can would be a test of two cores' speed.
        }
        doors.values().forEach(Door::close);
    }

    private Line append(Map<Integer, Door> doors, int here, int number) {
        long called = System.nanoTime();
        String wrong;
        try {
            Door door = doors.get(here);
            if (door == null || !door.isOpen()) {
                door = grid.door(here);
                doors.put(here, door);
            }
            Door.Answer answer = door.run("echo '" + number + REST + "' >> " + path, PATIENCE);
            wrong = answer.succeeded()
                    ? ""
                    : "status " + answer.status() + ": " + answer.error().strip();
        } catch (Exception e) {
            wrong = e.toString();
        }
        return new Line(number, here, called, System.nanoTime(), wrong);
    }

    List<Line> lines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    Gap longestGap() {
        Gap longest = new Gap(began, began, path);
        long before = began;
        for (Line line : lines()) {
            if (line.acknowledged()) {
                if (line.returnedNanos() - before > longest.toNanos() - longest.fromNanos()) {
                    longest = new Gap(before, line.returnedNanos(), path);
                }
                before = line.returnedNanos();
            }
        }
        return longest;
    }

    /**
     * What is wrong with the file's content: each acknowledged line is in it once, any other at most once, and no line stands
     * before one that was acknowledged when it was begun.
     */
    List<String> judge(String content) {
        List<String> wrong = new ArrayList<>();
        Map<Integer, Integer> places = new HashMap<>();
        int place = 0;
        for (String text : content.lines().toList()) {
            Matcher line = LINE.matcher(text);
            if (!line.matches()) {
                wrong.add(path + ": no whole line: '" + text + "'");
            } else if (places.putIfAbsent(Integer.parseInt(line.group(1)), place++) != null) {
                wrong.add(path + ": line " + line.group(1) + " is there twice");
            }
        }
        int latest = -1;
        for (Line line : lines()) {
            Integer found = places.remove(line.number());
            if (found == null) {
                if (line.acknowledged()) {
                    wrong.add(path + ": line " + line.number() + " was acknowledged and is not there");
                }
            } else if (found < latest) {
                wrong.add(path + ": line " + line.number() + " stands before one that was acknowledged earlier");
            } else if (line.acknowledged()) {
                latest = found;
            }
        }
        places.keySet().forEach(number -> wrong.add(path + ": nobody has written line " + number));
        return wrong;
    }

    /** Reads the file through a node and judges it. */
    List<String> judgeAt(int index) throws Exception {
        try (Door door = grid.door(index)) {
            Door.Answer answer = door.run("cat " + path, PATIENCE);
            return answer.succeeded()
                    ? judge(answer.out()).stream()
                            .map(wrong -> "node " + (index + 1) + ": " + wrong)
                            .toList()
                    : List.of("node " + (index + 1) + ": " + path + " cannot be read: " + answer);
        }
    }

    /** Ends behind the line that is being written. */
    @Override
    public void close() throws IOException {
        over = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
