package org.factoredos.placement;

import org.factoredos.kernel.Address;

/** Where a standard stream of a process leads; data, so that a child on another node can be given its parent's. */
public sealed interface Stream {
    /** The terminal behind a console driver's mailbox. */
    record Console(Address driver) implements Stream {}

    /** A file: input from its first byte on; output appended, so that several processes may share it. */
    record File(String path) implements Stream {}

    /**
     * Output to the pipe mailbox of another process, which is its standard input.
     *
     * @param ends whether the end of this process is one of the ends that the reader waits for; a child that inherits a
     *     pipe from its parent, and the second of two streams that lead to one pipe, write there without ending it
     */
    record ToPipe(Address reader, boolean ends) implements Stream {}

    /** Input from a pipe mailbox that the process gets as it starts; {@code writers} ends make its end of file. */
    record FromPipe(int writers) implements Stream {}

    /** Input that is at its end; output that is thrown away. */
    record Nothing() implements Stream {}
}
