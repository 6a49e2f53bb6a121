package org.factoredos.kernel;

/**
 * A send that waits for a right, or for what a name means; or one behind such a one, so that they keep their order.
 *
 * @param to what the message is for, where its text was an automatic name the mailbox itself
 * @param target by what the right is asked for
 */
record HeldSend(Client from, Destination to, Destination target, Client.Message message, Sending sending)
        implements Held {
    @Override
    public RightKind kind() {
        return RightKind.SEND;
    }

    @Override
    public int bytes() {
        return 64 + message.payload().bytes();
    }

    @Override
    public void fail(SendResult result) {
        from.heldEnded(to);
        sending.ended(result);
    }
}
