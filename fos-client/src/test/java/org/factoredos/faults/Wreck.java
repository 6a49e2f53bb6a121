package org.factoredos.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.factoredos.lib.Fos;
import org.factoredos.lib.Memory;
import org.factoredos.naming.NameProtocol.Flags;

/** A program that takes some of everything and gives nothing back, however it ends. */
final class Wreck {
    private static final int MAILBOXES = 8;
    private static final int FRAMES = 64;

    private Wreck() {}

    /** {@code wreck return|crash|loop}. */
    static int run(Fos fos, List<String> arguments) throws IOException {
        for (int i = 0; i < MAILBOXES; i++) {
            fos.register(fos.createMailbox(16, 1 << 16), "wreck:" + arguments.getFirst() + ":" + i, Flags.SINGLE);
        }
        fos.memory().allocate((long) FRAMES * Memory.PAGE_BYTES);
        fos.network().listen(0);
        fos.network().datagrams(0);
        fos.sleep(Duration.ofSeconds(3)); // So that it is seen to have it all.
        return switch (arguments.getFirst()) {
            case "return" -> 0;
            case "crash" -> throw new IllegalStateException("as it was told to");
            default -> {
                while (true) {
                    fos.names("wreck:*"); // It is cut from the microkernel, and so its thread ends.
                }
            }
        };
    }
}
