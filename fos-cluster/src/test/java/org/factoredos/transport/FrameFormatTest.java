package org.factoredos.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A frame that was written is read as it was; anything else is refused, whatever it is. */
@Tag("M18")
class FrameFormatTest {
    private static final int FRAMES = 300;

    @Test
    void everyResultAndKindHasItsNumber() {
        assertThat(FrameFormat.RESULTS).containsExactlyInAnyOrder(SendResult.values());
        assertThat(FrameFormat.KINDS).containsExactlyInAnyOrder(Envelope.Kind.values());
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 0xF05})
    void whatIsWrittenIsRead(long seed) throws MalformedFrame {
        Random random = new Random(seed);
        for (int i = 0; i < FRAMES; i++) {
            Frame frame = frame(random);

            assertThat(FrameFormat.read(ByteBuffer.wrap(written(frame)))).isEqualTo(frame);
        }
    }

    @Test
    void aWindowOfEqualResultsCostsAFewBytes() {
        byte[] none = written(results(List.of()));
        byte[] many = written(results(Collections.nCopies(4096, SendResult.ACCEPTED)));

        assertThat(many.length - none.length).isLessThan(8);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 0xF05})
    void aPartOfAFrameIsNone(long seed) {
        byte[] whole = written(frame(new Random(seed)));
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);

            assertThatExceptionOfType(MalformedFrame.class).isThrownBy(() -> FrameFormat.read(ByteBuffer.wrap(part)));
        }
        byte[] longer = Arrays.copyOf(whole, whole.length + 1);
        assertThatExceptionOfType(MalformedFrame.class)
                .isThrownBy(() -> FrameFormat.read(ByteBuffer.wrap(longer)))
                .withMessage("1 bytes follow its end");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 0xF05})
    void damageIsReadAsAFrameOrRefusedAndNothingElse(long seed) {
        Random random = new Random(seed);
        byte[] whole = written(frame(random));
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = whole.clone();
            for (int hits = 1 + random.nextInt(4); hits > 0; hits--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            Object read = new FrameSerializer().fromBinary(ByteBuffer.wrap(damaged), "frame");

            assertThat(read).isInstanceOf(LinkHost.Command.class);
        }
    }

    @Test
    void anotherVersionSaysWhich() {
        byte[] frame = written(results(List.of()));
        frame[0] = 9;

        assertThatExceptionOfType(MalformedFrame.class)
                .isThrownBy(() -> FrameFormat.read(ByteBuffer.wrap(frame)))
                .withMessage("it is of version 9, this program reads version 2");
        assertThat(new FrameSerializer().fromBinary(frame, "frame")).isInstanceOf(LinkHost.StrangeArrived.class);
    }

    @Test
    void aClaimOfManyResultsCostsNoMemory() {
        ByteBuffer claim = ByteBuffer.wrap(new byte[] {2, 1, 1, 2, 1, 0, 0, 0, -1, -1, -1, -1, 7, 0, 0, 0});

        assertThatExceptionOfType(MalformedFrame.class)
                .isThrownBy(() -> FrameFormat.read(claim))
                .withMessage("it has more than 65536 results");
    }

    private static byte[] written(Frame frame) {
        return new FrameSerializer().toBinary(new LinkHost.FrameArrived(frame));
    }

    private static Frame results(List<SendResult> results) {
        return new Frame(incarnation(new Random(7)), incarnation(new Random(8)), 1, List.of(), 1, results, 0);
    }

    private static Frame frame(Random random) {
        List<Envelope> envelopes = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            envelopes.add(envelope(random));
        }
        List<SendResult> results = new ArrayList<>();
        for (int i = random.nextInt(9); i > 0; i--) {
            results.add(one(random, FrameFormat.RESULTS));
        }
        return new Frame(
                incarnation(random),
                incarnation(random),
                number(random),
                envelopes,
                number(random),
                results,
                number(random));
    }

    private static Envelope envelope(Random random) {
        byte[] data = new byte[random.nextInt(300)];
        random.nextBytes(data);
        Trace trace = null;
        for (int i = random.nextInt(3); i > 0; i--) {
            trace = new Trace(one(random, List.of(Trace.Step.values())), tile(random), random.nextLong(), trace);
        }
        return new Envelope(
                address(random),
                address(random),
                one(random, List.of("sys:names", "user", "", "d\u00f6m\u00e4n")),
                one(random, FrameFormat.KINDS),
                number(random),
                number(random),
                new EncodedPayload(Bytes.owning(data)),
                trace);
    }

    private static Incarnation incarnation(Random random) {
        return new Incarnation(new NodeId(1 + small(random)), small(random));
    }

    private static Address address(Random random) {
        ClientId client = new ClientId(new NodeId(1 + small(random)), small(random), small(random));
        return new Address(client, small(random), tile(random));
    }

    private static TileId tile(Random random) {
        return new TileId(new NodeId(1 + small(random)), small(random), small(random));
    }

    /** Of any length in bits. */
    private static long number(Random random) {
        return random.nextLong() >>> random.nextInt(64);
    }

    private static int small(Random random) {
        return random.nextInt(Integer.MAX_VALUE) >>> random.nextInt(31);
    }

    private static <T> T one(Random random, List<T> of) {
        return of.get(random.nextInt(of.size()));
    }
}
