package org.factoredos.faults;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.factoredos.faults.RightsProbes.RacedSend;

/** What {@code change-rights} has written down: grants and revokes, one after the other, on the clock of the sends. */
record RightChanges(List<Change> all) {
    static final String DONE = "DONE";
    static final String END = "END";

    /** @param answeredNanos {@link Long#MAX_VALUE} where it was not answered, or refused */
    record Change(boolean revoke, long invokedNanos, long answeredNanos) {
        boolean done() {
            return answeredNanos != Long.MAX_VALUE;
        }
    }

    /** A time in which the right was gone: from a revoke's return to the next grant. */
    record Without(long fromNanos, long toNanos) {
        boolean holds(long nanos) {
            return nanos - fromNanos > 0 && nanos - toNanos < 0;
        }
    }

    /** As far as they have been written, of administrators that were there one after the other. */
    static RightChanges read(List<Path> files) throws IOException {
        List<Change> all = new ArrayList<>();
        for (Path file : files) {
            List<String> lines = lines(file);
            lines.remove(END);
            for (int line = 0; line < lines.size(); line += 2) {
                String begun = lines.get(line);
                String ended = line + 1 < lines.size() ? lines.get(line + 1) : "";
                all.add(new Change(
                        begun.startsWith("revoke "),
                        moment(begun),
                        ended.startsWith(DONE + " ") ? moment(ended) : Long.MAX_VALUE));
            }
        }
        return new RightChanges(all);
    }

    private static long moment(String line) {
        return Long.parseLong(line.substring(line.indexOf(' ') + 1));
    }

    private static List<String> lines(Path file) throws IOException {
        return Files.exists(file) ? new ArrayList<>(Files.readAllLines(file)) : new ArrayList<>();
    }

    static boolean ended(Path file) throws IOException {
        return lines(file).contains(END);
    }

    /** Those that have begun since then, and were answered. */
    long revokes(long sinceNanos) {
        return all.stream()
                .filter(change -> change.revoke() && change.done() && change.invokedNanos() - sinceNanos > 0)
                .count();
    }

    /** None behind a grant without an answer, which may be done at any time. */
    List<Without> without() {
        List<Without> times = new ArrayList<>();
        for (int i = 0; i + 1 < all.size(); i++) {
            Change change = all.get(i);
            if (!change.revoke() && !change.done()) {
                break;
            }
            if (change.revoke() && change.done()) {
                times.add(new Without(change.answeredNanos(), all.get(i + 1).invokedNanos()));
            }
        }
        return times;
    }

    /** As far as they have been written. */
    static List<RacedSend> sends(Path file) throws IOException {
        List<RacedSend> all = new ArrayList<>();
        if (!Files.exists(file)) {
            return all;
        }
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            while (true) {
                all.add(RacedSend.read(in));
            }
        } catch (EOFException e) {
            return all;
        }
    }

    static long countSends(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) / RacedSend.BYTES : 0;
    }
}
