package org.factoredos.file;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.factoredos.driver.BlockError;
import org.factoredos.driver.BlockProtocol;
import org.factoredos.driver.BlockProtocol.ChunkRead;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/** A front's reads whose bytes are on their way from the disks. */
final class Fetches {
    private static final long PATIENCE_NANOS = 3_000_000_000L;

    /** One piece, and the replicas to be asked next. */
    record AwaitingPiece(long ask, long fetch, int piece, NodeId asked, List<NodeId> others) implements Continuation {}

    /** How a read stands. */
    sealed interface Outcome {
        long ask();
    }

    record UnderWay(long ask, List<Effect> effects) implements Outcome {}

    record Done(long ask, Bytes data) implements Outcome {}

    /** No replica has given the bytes. */
    record Failed(long ask, Reason reason) implements Outcome {}

    enum Reason {
        /** It would be the same if it were tried again. */
        DAMAGED,
        /** The version is on none of its disks: it is gone for good, unless the map names another by now. */
        MISSING,
        /** A disk that may have it said nothing, or its node is away. */
        SILENT
    }

    private static final class Fetch {
        final long number;
        final ReadLocated located;
        final byte[] bytes;

        /** The bytes of a read that is one piece and nothing else. */
        @Nullable
        Bytes only;

        int awaited;
        boolean silent;
        boolean damaged;

        Fetch(long number, ReadLocated located, byte[] bytes) {
            this.number = number;
            this.located = located;
            this.bytes = bytes;
            this.awaited = located.pieces().size();
        }

        /** The bytes of a piece are here, in those of its chunk. */
        void take(ReadLocated.Piece piece, Bytes chunk) {
            awaited--;
            if (Fetches.whole(located)) {
                only = chunk.slice(piece.from(), piece.length());
            } else {
                chunk.copyTo(piece.from(), bytes, piece.at(), piece.length());
            }
        }

        Bytes data() {
            return only != null ? only : Bytes.owning(bytes);
        }

        void refused(Response response) {
            if (response instanceof Response.Answered(BlockProtocol.Refused(var error))) {
                damaged |= error == BlockError.CORRUPT || error == BlockError.IO;
                silent |= error == BlockError.BUSY;
            } else {
                damaged |= response instanceof Response.Answered;
                silent |= !(response instanceof Response.Answered);
            }
        }

        Reason reason() {
            return silent ? Reason.SILENT : damaged ? Reason.DAMAGED : Reason.MISSING;
        }
    }

    private final Disks disks;
    private final Buffers buffers;
    /** By ask. */
    private final Map<Long, Fetch> fetches = new LinkedHashMap<>();

    private long last;

    Fetches(Disks disks, Buffers buffers) {
        this.disks = disks;
        this.buffers = buffers;
    }

    Outcome begin(long ask, ReadLocated located, long millis) {
        fetches.remove(ask); // An earlier attempt.
        if (located.pieces().isEmpty()) {
            return new Done(ask, Bytes.owning(new byte[located.length()])); // Nothing but zeros.
        }
        Fetch fetch = new Fetch(++last, located, new byte[whole(located) ? 0 : located.length()]);
        List<Effect> effects = new ArrayList<>();
        for (int piece = 0; piece < located.pieces().size(); piece++) {
            ReadLocated.Piece wanted = located.pieces().get(piece);
            Bytes known = buffers.get(wanted.chunk(), wanted.from() + wanted.length());
            if (known != null) {
                fetch.take(wanted, known);
                continue;
            }
            List<NodeId> replicas = wanted.replicas();
            List<NodeId> nodes = disks.nearest(replicas, millis);
            if (nodes.isEmpty()) {
                return new Failed(ask, Reason.SILENT);
            }
            fetch.silent |= nodes.size() < replicas.size();
            effects.addAll(ask(ask, fetch, piece, nodes));
        }
        if (fetch.awaited == 0) {
            return new Done(ask, fetch.data());
        }
        fetches.put(ask, fetch);
        return new UnderWay(ask, effects);
    }

    Outcome on(AwaitingPiece awaiting, Response response, long millis) {
        disks.note(awaiting.asked(), response, millis);
        long ask = awaiting.ask();
        Fetch fetch = fetches.get(ask);
        if (fetch == null || fetch.number != awaiting.fetch()) {
            return new UnderWay(ask, List.of()); // Another piece has failed, or all was asked for again.
        }
        ReadLocated.Piece piece = fetch.located.pieces().get(awaiting.piece());
        if (response instanceof Response.Answered(ChunkRead(var data, var checksum))
                && data.crc32c() == checksum
                && data.length() >= piece.from() + piece.length()) {
            buffers.put(piece.chunk(), data);
            fetch.take(piece, data);
            if (fetch.awaited == 0) {
                fetches.remove(ask);
                return new Done(ask, fetch.data());
            }
            return new UnderWay(ask, List.of());
        }
        fetch.refused(response);
        List<Effect> next = ask(ask, fetch, awaiting.piece(), awaiting.others());
        if (!next.isEmpty()) {
            return new UnderWay(ask, next);
        }
        fetches.remove(ask);
        return new Failed(ask, fetch.reason());
    }

    /** Whether the read is one piece and nothing else, which needs no copy. */
    private static boolean whole(ReadLocated located) {
        return located.pieces().size() == 1 && located.pieces().getFirst().length() == located.length();
    }

    private List<Effect> ask(long ask, Fetch fetch, int piece, List<NodeId> nodes) {
        Address driver = nodes.isEmpty() ? null : disks.driver(nodes.getFirst());
        if (driver == null) {
            return List.of();
        }
        return List.of(new Effect.Call(
                driver,
                new BlockProtocol.GetChunk(fetch.located.pieces().get(piece).chunk()),
                new AwaitingPiece(
                        ask, fetch.number, piece, nodes.getFirst(), List.copyOf(nodes.subList(1, nodes.size()))),
                PATIENCE_NANOS));
    }
}
