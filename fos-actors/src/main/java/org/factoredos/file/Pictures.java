package org.factoredos.file;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * What readers of {@code /proc} have before them: a text that does not change while it is read in pieces.
 *
 * <p>It is made as a reader begins at the first byte, and kept for who reads on, for a minute at most. Few of them are
 * kept, the oldest go first; who then reads on gets the rest of one that is made anew.
 */
final class Pictures {
    private static final int MOST = 256;
    private static final long MOST_BYTES = 8L << 20;
    private static final long KEPT_NANOS = 60_000_000_000L;

    record Reading(ClientId reader, FileId file) {}

    /** What a fleet has said, or that it has not. */
    record Heard(String who, Response response) {
        /** Null where it has not. */
        @Nullable
        Payload answer() {
            return response instanceof Response.Answered(Payload answer) ? answer : null;
        }
    }

    static final class Picture {
        /** The reader's call that it was made for: the same one again is a repeat, and gets the same. */
        final long call;

        final long begunNanos;
        /** Who waits for it; nobody once it is there. */
        final List<SystemTrees.Want> waiting = new ArrayList<>();
        /** By the numbers of the questions, so that the text does not depend on who answers first. */
        final TreeMap<Integer, Heard> heard = new TreeMap<>();

        int asked;

        @Nullable
        Bytes text;

        Picture(long call, long begunNanos) {
            this.call = call;
            this.begunNanos = begunNanos;
        }

        private boolean finished() {
            return text != null;
        }

        private long bytes() {
            Bytes made = text;
            return made == null ? 0 : made.length();
        }
    }

    private final Map<Reading, Picture> pictures = new LinkedHashMap<>();

    @Nullable
    Picture get(Reading key) {
        return pictures.get(key);
    }

    /** Null where too many are being made. */
    @Nullable
    Picture begin(Reading key, long call, long nanos) {
        pictures.remove(key);
        forget(nanos, MOST - 1);
        if (pictures.size() >= MOST) {
            return null;
        }
        Picture begun = new Picture(call, nanos);
        pictures.put(key, begun);
        return begun;
    }

    void finish(Reading key, Picture picture, Bytes text, long nanos) {
        picture.text = text;
        picture.heard.clear();
        pictures.remove(key);
        forget(nanos, MOST - 1);
        pictures.put(key, picture);
    }

    /** It could not be made. */
    void drop(Reading key) {
        pictures.remove(key);
    }

    /** What is being made stays: somebody waits for it. */
    private void forget(long nanos, int most) {
        long bytes = pictures.values().stream().mapToLong(Picture::bytes).sum();
        for (Iterator<Picture> each = pictures.values().iterator(); each.hasNext(); ) {
            Picture picture = each.next();
            boolean late = nanos - picture.begunNanos > KEPT_NANOS || bytes > MOST_BYTES || pictures.size() > most;
            if (picture.finished() && late) {
                bytes -= picture.bytes();
                each.remove();
            }
        }
    }
}
