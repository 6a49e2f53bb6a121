package org.factoredos.transport;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Frame;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Trace;
import org.jspecify.annotations.Nullable;

/**
 * A frame as bytes. Numbers are LEB128, seven bits a byte and the lowest first, but for clocks, which are 8 bytes.
 *
 * <pre>
 *   frame       version from to first-sequence first-result results-seen
 *               run* 0 envelope-count envelope*
 *   run         length result                           of equal results; nearly all are ACCEPTED
 *   incarnation node boot
 *   envelope    to from domain kind call settled moves step-count step* payload-length payload
 *   address     node boot number mailbox tile-node x y
 *   domain      length utf-8
 *   step        step tile-node x y nanos                the latest one first
 * </pre>
 *
 * <p>Results and kinds are positions in the lists below, steps their numbers: one more is added at the end, or with a new
 * version.
 */
final class FrameFormat {
    static final byte VERSION = 2;
    /** A link keeps no more than its peer's window; a frame that claims more is not to cost its memory. */
    private static final int MOST_RESULTS = 1 << 16;

    private static final int MOST_STEPS = 64;
    private static final int LONGEST_NUMBER_BYTES = 10;
    static final List<SendResult> RESULTS = List.of(
            SendResult.ACCEPTED,
            SendResult.QUEUE_FULL,
            SendResult.NO_SUCH_NAME,
            SendResult.NO_SUCH_MAILBOX,
            SendResult.PERMISSION_DENIED,
            SendResult.TOO_LARGE,
            SendResult.UNREACHABLE,
            SendResult.MOVED);
    static final List<Envelope.Kind> KINDS = List.of(Envelope.Kind.MESSAGE, Envelope.Kind.REQUEST, Envelope.Kind.REPLY);

    private FrameFormat() {}

    /** Writes a frame whose payloads are {@link EncodedPayload}s. */
    static void write(Frame frame, ByteBuffer out) {
        out.put(VERSION);
        write(frame.from(), out);
        write(frame.to(), out);
        write(frame.firstSequence(), out);
        write(frame.firstResult(), out);
        write(frame.resultsSeen(), out);
        writeResults(frame.results(), out);
        write(frame.envelopes().size(), out);
        frame.envelopes().forEach(envelope -> write(envelope, out));
    }

    /** The most bytes that {@link #write} takes for it. */
    static int mostBytes(Frame frame) {
        long bytes = 16L * LONGEST_NUMBER_BYTES + 2L * frame.results().size();
        for (Envelope envelope : frame.envelopes()) {
            int steps = envelope.trace() == null ? 0 : envelope.trace().steps().size();
            bytes += (20L + 5L * steps) * LONGEST_NUMBER_BYTES
                    + 3L * envelope.domain().length()
                    + envelope.payload().bytes();
        }
        return Math.toIntExact(bytes);
    }

    /** Reads what {@link #write} wrote, and nothing else; the buffer is the frame. */
    static Frame read(ByteBuffer in) throws MalformedFrame {
        if (!in.hasRemaining()) {
            throw new MalformedFrame("it is empty");
        }
        byte version = in.get();
        if (version != VERSION) {
            throw new MalformedFrame("it is of version " + version + ", this program reads version " + VERSION);
        }
        try {
            // The one copy: what is read from here on are slices of it.
            byte[] copy = new byte[in.remaining()];
            in.get(copy);
            ByteBuffer from = ByteBuffer.wrap(copy);
            Frame frame = readFrame(from, Bytes.owning(copy));
            if (from.hasRemaining()) {
                throw new MalformedFrame(from.remaining() + " bytes follow its end");
            }
            return frame;
        } catch (BufferUnderflowException e) {
            throw new MalformedFrame("it ends too early");
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new MalformedFrame(String.valueOf(e.getMessage()));
        }
    }

    private static Frame readFrame(ByteBuffer in, Bytes all) {
        Incarnation from = readIncarnation(in);
        Incarnation to = readIncarnation(in);
        long firstSequence = readLong(in);
        long firstResult = readLong(in);
        long resultsSeen = readLong(in);
        List<SendResult> results = readResults(in);
        int count = readInt(in);
        List<Envelope> envelopes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            envelopes.add(readEnvelope(in, all));
        }
        return new Frame(from, to, firstSequence, envelopes, firstResult, results, resultsSeen);
    }

    private static void writeResults(List<SendResult> results, ByteBuffer out) {
        int begun = 0;
        while (begun < results.size()) {
            SendResult result = results.get(begun);
            int end = begun + 1;
            while (end < results.size() && results.get(end) == result) {
                end++;
            }
            write(end - begun, out);
            write(RESULTS.indexOf(result), out);
            begun = end;
        }
        write(0, out);
    }

    private static List<SendResult> readResults(ByteBuffer in) {
        List<SendResult> results = new ArrayList<>();
        for (int length = readInt(in); length != 0; length = readInt(in)) {
            if (length > MOST_RESULTS - results.size()) {
                throw new IllegalArgumentException("it has more than " + MOST_RESULTS + " results");
            }
            SendResult result = RESULTS.get(readInt(in));
            for (int i = 0; i < length; i++) {
                results.add(result);
            }
        }
        return results;
    }

    private static void write(Envelope envelope, ByteBuffer out) {
        write(envelope.to(), out);
        write(envelope.from(), out);
        write(envelope.domain(), out);
        write(KINDS.indexOf(envelope.kind()), out);
        write(envelope.call(), out);
        write(envelope.settled(), out);
        write(envelope.moves(), out);
        writeTrace(envelope.trace(), out);
        Bytes payload = ((EncodedPayload) envelope.payload()).data();
        write(payload.length(), out);
        payload.writeTo(out);
    }

    private static Envelope readEnvelope(ByteBuffer in, Bytes all) {
        Address to = readAddress(in);
        Address from = readAddress(in);
        String domain = readText(in);
        Envelope.Kind kind = KINDS.get(readInt(in));
        long call = readLong(in);
        long settled = readLong(in);
        int moves = readInt(in);
        Trace trace = readTrace(in);
        int length = readInt(in);
        Bytes payload = all.slice(in.position(), length);
        in.position(in.position() + length);
        return new Envelope(to, from, domain, kind, call, settled, new EncodedPayload(payload), trace, moves);
    }

    private static void writeTrace(@Nullable Trace trace, ByteBuffer out) {
        List<Trace> steps = trace == null ? List.of() : trace.steps().reversed();
        write(steps.size(), out);
        for (Trace step : steps) {
            write(step.step().number(), out);
            write(step.tile(), out);
            out.putLong(step.nanos());
        }
    }

    private static @Nullable Trace readTrace(ByteBuffer in) {
        int count = readInt(in);
        if (count > MOST_STEPS) {
            throw new IllegalArgumentException("a trace has more than " + MOST_STEPS + " steps");
        }
        List<Trace> steps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Trace.Step step = readStep(in);
            TileId tile = readTile(in);
            steps.add(new Trace(step, tile, in.getLong(), null));
        }
        Trace trace = null;
        for (Trace step : steps.reversed()) {
            trace = new Trace(step.step(), step.tile(), step.nanos(), trace);
        }
        return trace;
    }

    private static Trace.Step readStep(ByteBuffer in) {
        int number = readInt(in);
        for (Trace.Step step : Trace.Step.values()) {
            if (step.number() == number) {
                return step;
            }
        }
        throw new IllegalArgumentException("a trace has no step " + number);
    }

    private static void write(Incarnation incarnation, ByteBuffer out) {
        write(incarnation.node().number(), out);
        write(incarnation.boot(), out);
    }

    private static Incarnation readIncarnation(ByteBuffer in) {
        NodeId node = new NodeId(readInt(in));
        return new Incarnation(node, readInt(in));
    }

    private static void write(Address address, ByteBuffer out) {
        write(address.client().node().number(), out);
        write(address.client().boot(), out);
        write(address.client().number(), out);
        write(address.mailbox(), out);
        write(address.tile(), out);
    }

    private static Address readAddress(ByteBuffer in) {
        NodeId node = new NodeId(readInt(in));
        int boot = readInt(in);
        ClientId client = new ClientId(node, boot, readInt(in));
        int mailbox = readInt(in);
        return new Address(client, mailbox, readTile(in));
    }

    private static void write(String text, ByteBuffer out) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        write(bytes.length, out);
        out.put(bytes);
    }

    private static String readText(ByteBuffer in) {
        int length = readInt(in);
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void write(TileId tile, ByteBuffer out) {
        write(tile.node().number(), out);
        write(tile.x(), out);
        write(tile.y(), out);
    }

    private static TileId readTile(ByteBuffer in) {
        NodeId node = new NodeId(readInt(in));
        int x = readInt(in);
        return new TileId(node, x, readInt(in));
    }

    private static void write(long number, ByteBuffer out) {
        long left = number;
        while ((left & ~0x7FL) != 0) {
            out.put((byte) (left | 0x80));
            left >>>= 7;
        }
        out.put((byte) left);
    }

    private static int readInt(ByteBuffer in) {
        long number = readLong(in);
        if (number < 0 || number > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("it has " + number + " where only a small number may stand");
        }
        return (int) number;
    }

    private static long readLong(ByteBuffer in) {
        long number = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = in.get();
            number |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return number;
            }
        }
        throw new IllegalArgumentException("it has a number of more than " + LONGEST_NUMBER_BYTES + " bytes");
    }
}
