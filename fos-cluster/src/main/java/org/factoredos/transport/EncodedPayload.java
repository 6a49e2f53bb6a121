package org.factoredos.transport;

import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Payload;

/**
 * A payload as it crosses between nodes: written in its sender's turn, so that a link counts true sizes and repeats
 * without writing again, and read when its envelope is deposited, so that one that cannot be read harms no other.
 */
record EncodedPayload(Bytes data) implements Payload {
    /** More than an untraced envelope takes beside its payload. */
    private static final int ENVELOPE_BYTES = 96;

    @Override
    public int bytes() {
        return ENVELOPE_BYTES + data.length();
    }

    static Envelope replace(Envelope envelope, Payload payload) {
        return new Envelope(
                envelope.to(),
                envelope.from(),
                envelope.domain(),
                envelope.kind(),
                envelope.call(),
                envelope.settled(),
                payload,
                envelope.trace(),
                envelope.moves());
    }
}
