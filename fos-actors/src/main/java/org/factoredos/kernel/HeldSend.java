package org.factoredos.kernel;

/** A send that waits in the shim until what it needs is known. In-tile only: it never leaves the shim's mailbox. */
record HeldSend(Client from, Name name, Client.Message message, Sending sending) implements Payload {
    @Override
    public int bytes() {
        return 64 + message.payload().bytes();
    }

    void fail(SendResult result) {
        from.lookupEnded(name.text());
        sending.ended(result);
    }
}
