package org.factoredos.file;

import java.util.LinkedHashSet;
import java.util.SequencedSet;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.file.FileProtocol.ScrubReported;
import org.factoredos.grid.NodeId;

/**
 * How the search for damage goes that nobody has met yet: a round of {@link Repairs} in which disks read every chunk and
 * compare its checksum. It goes slowly, for whoever works has the disks first.
 */
final class Scrub {
    /** 2 MiB that each disk reads, then a rest: a few of a hundred of what a disk can do. */
    static final int BATCH = 32;

    static final long REST_NANOS = 500_000_000L;
    /** What cannot be repaired is looked for again; beyond so many by another round. */
    private static final int MOST_REMEMBERED = 4096;

    private record Bad(NodeId node, ChunkId chunk) {}

    final long intervalNanos;
    private final int slice;
    private final SequencedSet<Bad> bad = new LinkedHashSet<>();
    private boolean running;
    private long verified;
    private long damaged;
    private long repaired;
    private long endedMillis;

    /** @param intervalNanos from the end of one round to the next; 0 for none but those that somebody asks for */
    Scrub(int slice, long intervalNanos) {
        this.slice = slice;
        this.intervalNanos = intervalNanos;
    }

    boolean running() {
        return running;
    }

    void begin() {
        running = true;
        verified = 0;
        damaged = 0;
        repaired = 0;
    }

    /** Something else has to be done first. */
    void stop() {
        running = false;
    }

    void end(long millis) {
        endedMillis = running ? millis : endedMillis;
        running = false;
    }

    void verified(int chunks) {
        verified += running ? chunks : 0;
    }

    /** That disk has not got the chunk as it was put. */
    void found(NodeId node, ChunkId chunk) {
        damaged += running ? 1 : 0;
        bad.add(new Bad(node, chunk));
        if (bad.size() > MOST_REMEMBERED) {
            bad.removeFirst();
        }
    }

    /** Whether a disk that says it has the chunk is known better. */
    boolean isBad(NodeId node, ChunkId chunk) {
        return bad.contains(new Bad(node, chunk));
    }

    /** Another version lies on other disks. */
    void repaired(ChunkId chunk) {
        repaired += bad.removeIf(one -> one.chunk().equals(chunk)) ? 1 : 0;
    }

    ScrubReported report() {
        return new ScrubReported(slice, running, verified, damaged, repaired, endedMillis);
    }
}
