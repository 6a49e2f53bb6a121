package org.factoredos.kernel;

/** The use of a device that waits for a right; {@code sending} hears {@code ACCEPTED} when it is to be tried again. */
record HeldUse(Client from, Name target, Sending sending) implements Held {
    @Override
    public RightKind kind() {
        return RightKind.DEVICE;
    }

    @Override
    public void fail(SendResult result) {
        sending.ended(result);
    }
}
