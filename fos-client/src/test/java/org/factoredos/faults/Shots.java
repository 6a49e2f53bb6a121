package org.factoredos.faults;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What {@code shoot} has written down: each send of one program, in order, on the clock of {@link System#nanoTime}. */
record Shots(List<Shot> all) {
    record Shot(boolean accepted, long invokedNanos) {}

    /** As far as it has been written. */
    static Shots read(Path file) throws IOException {
        List<Shot> all = new ArrayList<>();
        if (!Files.exists(file)) {
            return new Shots(all);
        }
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            while (true) {
                all.add(new Shot(in.readBoolean(), in.readLong()));
            }
        } catch (EOFException e) {
            return new Shots(all);
        }
    }

    long accepted() {
        return all.stream().filter(Shot::accepted).count();
    }

    /** Those of that fate which were invoked in that time. */
    List<Shot> between(long fromNanos, long toNanos, boolean accepted) {
        return all.stream()
                .filter(shot -> shot.accepted() == accepted
                        && shot.invokedNanos() - fromNanos > 0
                        && shot.invokedNanos() - toNanos < 0)
                .toList();
    }
}
