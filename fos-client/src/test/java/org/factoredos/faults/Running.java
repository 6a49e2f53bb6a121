package org.factoredos.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Commands that run at a node until its session is ended. */
final class Running implements AutoCloseable {
    private static final Duration FOR_EVER = Duration.ofHours(1);

    private final List<Door> doors = new ArrayList<>();

    /** Runs {@code commands} through a session of their own. */
    void begin(Faulty grid, int node, String commands) throws Exception {
        Door door = grid.door(node);
        doors.add(door);
        Thread.ofPlatform().daemon().name(commands).start(() -> {
            try {
                Door.Answer answer = door.run(commands, FOR_EVER);
                Report.say(commands + " has ended: " + answer);
            } catch (Exception e) {
                Report.say(commands + " has ended: " + e);
            }
        });
    }

    @Override
    public void close() {
        doors.forEach(Door::close);
    }
}
