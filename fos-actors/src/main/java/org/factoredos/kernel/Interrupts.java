package org.factoredos.kernel;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * A client's interrupts (§3.1.1): what is deposited in a mailbox that was made to raise them goes to the mailbox's handler
 * instead of waiting to be polled for.
 *
 * <p>Handlers run in the client's own context, when that says so ({@link #handleOne}): a program at its kernel calls and
 * waits, a server between two transactions. So they never run beside the client, and never inside each other. Messages are
 * handled in the order in which they came, across mailboxes too.
 */
public final class Interrupts {
    /** What a client does when a message has come. */
    @FunctionalInterface
    public interface Handler {
        void on(Envelope message);
    }

    /** An entry for each message, put in behind it: whoever takes an entry finds a message, unless its mailbox is gone. */
    private final Queue<Mailbox> raised = new ConcurrentLinkedQueue<>();

    /** Those that have come and were not taken. */
    private final Queue<Signal> signals = new ConcurrentLinkedQueue<>();

    private volatile boolean takesSignals;
    private boolean masked;
    private boolean handling;

    Interrupts() {}

    /** Any thread: a message was deposited. */
    void raise(Mailbox mailbox) {
        raised.add(mailbox);
    }

    /** Any thread: false where this client has not said that it takes any. */
    boolean signal(Signal signal) {
        if (!takesSignals) {
            return false;
        }
        if (!signals.contains(signal)) { // One that comes again meanwhile is the same.
            signals.add(signal);
        }
        return true;
    }

    /** Before it runs: signals are kept from here on, for {@link #handleSignal}. */
    public void takeSignals() {
        takesSignals = true;
    }

    /** From here on no handler runs: what arrives waits in its mailbox. */
    public void mask() {
        masked = true;
    }

    /** What has arrived meanwhile is {@link #pending} again. */
    public void unmask() {
        masked = false;
    }

    public boolean masked() {
        return masked;
    }

    /** Whether {@link #handleOne} has something to do. */
    public boolean pending() {
        return !masked && !handling && (!raised.isEmpty() || !signals.isEmpty());
    }

    /** The client's turn only, like {@link #handleOne}: a signal goes before messages. */
    public boolean handleSignal(Consumer<Signal> handler) {
        Signal come = masked || handling ? null : signals.poll();
        if (come == null) {
            return false;
        }
        handling = true;
        try {
            handler.accept(come);
        } finally {
            handling = false;
        }
        return true;
    }

    /** The client's turn only: runs the handler of the oldest message; false where there is none that may be handled now. */
    public boolean handleOne() {
        Mailbox mailbox = masked || handling ? null : raised.poll();
        if (mailbox == null) {
            return false;
        }
        handling = true;
        try {
            mailbox.interrupt();
        } finally {
            handling = false;
        }
        return true;
    }
}
