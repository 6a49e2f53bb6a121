package org.factoredos.driver;

import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;

/** What the driver of a node's source of chance may be asked. */
public interface EntropyProtocol {
    /** The most bytes of one answer; libfos asks several times for more. */
    int MOST_BYTES = 4096;

    /** So many bytes that nobody can foretell: 1 to {@link #MOST_BYTES}. */
    record AskEntropy(int count) implements Payload.Request<EntropyReply> {}

    sealed interface EntropyReply extends Payload {}

    record EntropyGiven(Bytes data) implements EntropyReply {
        @Override
        public int bytes() {
            return 64 + data.length();
        }
    }

    /** Too many bytes were asked for, or there are none to be had. */
    record EntropyFailed() implements EntropyReply {}
}
