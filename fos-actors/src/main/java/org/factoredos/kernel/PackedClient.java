package org.factoredos.kernel;

import java.util.List;

/**
 * A client under way to another tile: all that it needs to go on there as the same client.
 *
 * <p>It waits for no answer and has nothing under way itself, so its response mailbox is no more than its last number. The
 * messages that it has accepted and not yet taken go with it, in order. It holds no frames, for those stay on their node.
 *
 * @param lastCall no call of its has a larger number
 * @param lastMailbox no mailbox of its has a larger number
 * @param lastRegion no region of its memory has had a larger number
 * @param core what its host packed
 * @param moves how often it will have moved when it runs again
 */
public record PackedClient(
        ClientId client,
        String domain,
        int outstandingCalls,
        long lastCall,
        int lastMailbox,
        long lastRegion,
        List<PackedMailbox> mailboxes,
        Payload core,
        int moves)
        implements Payload {
    /** A mailbox of its, with what nobody has taken yet; {@code interrupts}: it is not polled. */
    public record PackedMailbox(int number, int messages, long bytes, boolean interrupts, List<Envelope> queued) {
        public PackedMailbox {
            queued = List.copyOf(queued);
        }

        long size() {
            return 64L
                    + queued.stream()
                            .mapToLong(envelope -> 64L + envelope.payload().bytes())
                            .sum();
        }
    }

    public PackedClient {
        mailboxes = List.copyOf(mailboxes);
    }

    @Override
    public int bytes() {
        long bytes = 128L
                + core.bytes()
                + mailboxes.stream().mapToLong(PackedMailbox::size).sum();
        return (int) Math.min(bytes, Integer.MAX_VALUE);
    }
}
