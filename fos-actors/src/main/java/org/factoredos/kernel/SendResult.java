package org.factoredos.kernel;

/** How a send ended (§3.1.1). All but {@link #UNREACHABLE} are definite. */
public enum SendResult {
    ACCEPTED("the message is in the receiver's mailbox"),
    QUEUE_FULL("the receiver's mailbox is full; try again"),
    NO_SUCH_NAME("no mailbox has that name"),
    NO_SUCH_MAILBOX("that mailbox does not exist any more"),
    PERMISSION_DENIED("this domain may not send there"),
    TOO_LARGE("the message is larger than the receiver's mailbox"),
    /** Indefinite: the message may or may not have arrived. */
    UNREACHABLE("the receiver's node cannot be reached; the message may have arrived"),
    /** Between microkernels alone: it has not arrived, and the sender's microkernel looks elsewhere. No client sees it. */
    MOVED("the receiver is not there; it may have moved");

    private final String sentence;

    SendResult(String sentence) {
        this.sentence = sentence;
    }

    /** One sentence for people. */
    public String sentence() {
        return sentence;
    }

    /** Whether it is certain that the message did, or did not, arrive. */
    public boolean definite() {
        return this != UNREACHABLE;
    }
}
