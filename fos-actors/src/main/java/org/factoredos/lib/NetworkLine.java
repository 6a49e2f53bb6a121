package org.factoredos.lib;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.SendResult;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.network.NetworkProtocol.AwaitNews;
import org.factoredos.network.NetworkProtocol.Command;
import org.factoredos.network.NetworkProtocol.Event;
import org.factoredos.network.NetworkProtocol.LineOpened;
import org.factoredos.network.NetworkProtocol.News;
import org.factoredos.network.NetworkProtocol.NewsReply;
import org.factoredos.network.NetworkProtocol.OpenLine;
import org.factoredos.network.NetworkProtocol.OpenReply;
import org.factoredos.network.NetworkProtocol.Refused;
import org.factoredos.network.NetworkProtocol.Submit;
import org.factoredos.network.NetworkProtocol.SubmitReply;
import org.factoredos.network.NetworkProtocol.Submitted;
import org.factoredos.server.Ring;
import org.jspecify.annotations.Nullable;

/**
 * A process's line to one network server: commands go there, events come from there, with two calls at a time, each made
 * again until it is answered. A server that has been silent for longer than any failover takes is given up.
 */
final class NetworkLine {
    private static final long PATIENCE_NANOS = 3_000_000_000L;
    private static final long REST_NANOS = 50_000_000L;

    /** One socket, told what has happened to it. */
    interface Listening {
        void on(Event event);

        /** What tells its server that this process wants no more of it. */
        Command closing();
    }

    private final Calls calls;
    final Address server;
    /** 0 while the line is being opened. */
    private long life;

    private final long expectedLife;
    private long line;
    private final Ring<Command> commands = new Ring<>();
    private final Map<Long, Listening> sockets = new LinkedHashMap<>();
    private Calls.@Nullable Pending<OpenReply> opening;
    private Calls.@Nullable Pending<SubmitReply> submitting;
    private Calls.@Nullable Pending<NewsReply> awaiting;
    private long submittedUpTo;
    private long seen;
    private long openDue;
    private long submitDue;
    private long awaitDue;
    private long restingUntil;
    /** Since when nothing that was asked has been answered; 0 while that is not so. */
    private long silentNanos;

    /** Closes what this line had when it was given up, and the server may still have. */
    private final List<Command> orphans = new ArrayList<>();

    private boolean lost;

    /** A line that is open. */
    NetworkLine(Calls calls, LineOpened opened) {
        this(calls, opened.server(), opened.life());
        began(opened);
    }

    /** A line to be opened to a server in that life of it. */
    NetworkLine(Calls calls, Address server, long expectedLife) {
        this.calls = calls;
        this.server = server;
        this.expectedLife = expectedLife;
        this.restingUntil = calls.client().nanos();
    }

    /** Takes the place of one that was given up: what that had is closed, should the server have it yet. */
    NetworkLine insteadOf(@Nullable NetworkLine before) {
        if (before != null && before.expectedLife == expectedLife) {
            before.orphans.forEach(this::tell);
        }
        return this;
    }

    private void began(LineOpened opened) {
        life = opened.life();
        line = opened.line();
        commands.beginAt(opened.done() + 1);
    }

    long life() {
        return expectedLife;
    }

    boolean lost() {
        return lost;
    }

    void add(long number, Listening socket) {
        sockets.put(number, socket);
    }

    void remove(long number) {
        sockets.remove(number);
    }

    void tell(Command command) {
        if (!lost) {
            commands.add(command);
        }
    }

    /** Whether all commands have been taken. */
    boolean drained() {
        return lost || commands.isEmpty();
    }

    /** Whether an answer is in. */
    boolean hasNews() {
        return (opening != null && opening.done())
                || (submitting != null && submitting.done())
                || (awaiting != null && awaiting.done());
    }

    /** When {@link #pump} has something to do though no answer comes. */
    long dueNanos() {
        long due = Long.MAX_VALUE;
        if (opening != null) {
            due = Math.min(due, openDue);
        }
        if (submitting != null) {
            due = Math.min(due, submitDue);
        }
        if (awaiting != null) {
            due = Math.min(due, awaitDue);
        }
        boolean idle = opening == null && (awaiting == null || (submitting == null && !commands.isEmpty()));
        return idle && !lost && !(sockets.isEmpty() && commands.isEmpty()) ? Math.min(due, restingUntil) : due;
    }

    /** Likewise {@link #push}. */
    long pushDueNanos() {
        if (drained() && opening == null && submitting == null) {
            return Long.MAX_VALUE;
        }
        return opening != null ? openDue : submitting != null ? submitDue : restingUntil;
    }

    /** Takes answers, hands events to the sockets, and asks what is to be asked. Does not block. */
    void pump() throws FosException {
        takeNews(calls.client().nanos());
        push();
        if (mayAsk() && life != 0 && awaiting == null && !sockets.isEmpty()) {
            awaiting = calls.begin(server, new AwaitNews(line, seen), null);
            awaitDue = calls.client().nanos() + PATIENCE_NANOS;
        }
    }

    private boolean mayAsk() {
        return !lost && calls.client().nanos() >= restingUntil;
    }

    /** What could not be asked is asked in a moment. */
    void rest() {
        restingUntil = calls.client().nanos() + REST_NANOS;
    }

    /** Has the server take commands; of what happens there nothing is asked. */
    void push() throws FosException {
        long now = calls.client().nanos();
        takeOpened(now);
        takeSubmitted(now);
        if (!lost && silentNanos != 0 && now - silentNanos >= Caller.FAILOVER_NANOS) {
            lose();
        }
        if (!mayAsk()) {
            return;
        }
        if (life == 0) {
            if (opening == null) {
                opening = calls.begin(server, new OpenLine(false), null);
                openDue = now + PATIENCE_NANOS;
            }
            return;
        }
        if (submitting == null && !commands.isEmpty()) {
            List<Command> page = commands.page(NetworkProtocol.PAGE_COUNT, NetworkProtocol.PAGE_BYTES, Command::bytes);
            submittedUpTo = commands.first() + page.size() - 1;
            submitting = calls.begin(server, new Submit(line, commands.first(), page), null);
            submitDue = now + PATIENCE_NANOS;
        }
    }

    private void takeOpened(long now) {
        Calls.Pending<OpenReply> call = opening;
        if (call == null || !(calls.done(call) || now >= openDue)) {
            return;
        }
        opening = null;
        if (call.answer() instanceof LineOpened opened) {
            silentNanos = 0;
            if (opened.life() == expectedLife) {
                began(opened);
            } else {
                lose(); // It has begun anew since, and has nothing of ours.
            }
        } else {
            failed(call, now);
        }
    }

    private void takeSubmitted(long now) {
        Calls.Pending<SubmitReply> call = submitting;
        if (call == null || !(calls.done(call) || now >= submitDue)) {
            return;
        }
        submitting = null;
        if (call.answer() instanceof Submitted) {
            silentNanos = 0;
            commands.seen(submittedUpTo);
        } else {
            failed(call, now);
        }
    }

    private void takeNews(long now) {
        Calls.Pending<NewsReply> call = awaiting;
        if (call == null || !(calls.done(call) || now >= awaitDue)) {
            return;
        }
        awaiting = null;
        if (call.answer() instanceof News(long first, List<Event> events)) {
            silentNanos = 0;
            int old = (int) Math.min(events.size(), Math.max(0, seen - first + 1));
            seen = Math.max(seen, first + events.size() - 1);
            events.subList(old, events.size()).forEach(this::dispatch);
        } else {
            failed(call, now);
        }
    }

    private void dispatch(Event event) {
        Listening socket = sockets.get(event.socket());
        if (socket != null) { // Otherwise it was closed here as this was said.
            socket.on(event);
        }
    }

    /** Refused, not sent, or silent: once more in a moment, unless the server has definitely forgotten this process. */
    private void failed(Calls.Pending<?> call, long now) {
        Object answer = call.answer();
        boolean forgotten = answer instanceof Refused(NetworkError error) && error == NetworkError.NO_SUCH_LINE;
        if (forgotten || call.sent() == SendResult.NO_SUCH_MAILBOX || call.sent() == SendResult.PERMISSION_DENIED) {
            lose();
        } else {
            calls.forget(call);
            silentNanos = silentNanos == 0 ? now : silentNanos;
            rest();
        }
    }

    private void lose() {
        lost = true;
        commands.seen(Long.MAX_VALUE);
        Map<Long, Listening> left = new LinkedHashMap<>(sockets);
        left.values().forEach(socket -> orphans.add(socket.closing()));
        sockets.clear();
        left.forEach((number, socket) -> socket.on(new NetworkProtocol.Ended(number, NetworkError.SERVER_LOST, "")));
    }
}
