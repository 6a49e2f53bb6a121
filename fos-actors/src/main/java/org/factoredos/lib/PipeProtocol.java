package org.factoredos.lib;

import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;

/**
 * A pipe between two processes: messages to the reader's first mailbox, with no server between them.
 *
 * <p>A write is a request, answered when the reader has taken it; a writer has a few of them outstanding. Each writer says
 * when it will write no more. A reader that is gone has no mailbox, which is how its writers learn of it.
 */
public interface PipeProtocol {
    record WritePipe(Bytes data) implements Payload.Request<WriteReply> {
        @Override
        public int bytes() {
            return 64 + data.length();
        }
    }

    /** A plain message: one of the writers has ended. */
    record PipeEnded() implements Payload {}

    /** A plain message that means nothing: whether it is taken tells a writer whether the reader is still there. */
    record PipeProbed() implements Payload {}

    sealed interface WriteReply extends Payload {}

    record PipeConsumed() implements WriteReply {}

    /** The reader ended with this write in its mailbox. */
    record PipeBroken() implements WriteReply {}
}
