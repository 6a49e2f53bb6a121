package org.factoredos.kernel;

/** What a client wants done that waits in the shim until what it needs is known. In-tile only. */
sealed interface Held extends Payload permits HeldSend, HeldUse {
    Client from();

    /** The right that it needs. */
    RightKind kind();

    Destination target();

    /** It will not be done. */
    void fail(SendResult result);
}
