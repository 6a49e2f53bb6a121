package org.factoredos.lib;

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
    private long heardNanos;
    private boolean lost;

    /** A line that is open. */
    NetworkLine(Calls calls, LineOpened opened) {
        this(calls, opened.server(), opened.life());
        this.life = opened.life();
        this.line = opened.line();
    }

    /** A line to be opened to a server in that life of it. */
    NetworkLine(Calls calls, Address server, long expectedLife) {
        this.calls = calls;
        this.server = server;
        this.expectedLife = expectedLife;
        this.heardNanos = calls.client().nanos();
        this.restingUntil = heardNanos;
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

    /** Takes answers, hands events to the sockets, and asks what is to be asked. Does not block. */
    void pump() throws FosException {
        long now = calls.client().nanos();
        if (!lost && now - heardNanos >= Caller.FAILOVER_NANOS && !(sockets.isEmpty() && commands.isEmpty())) {
            lose();
        }
        takeOpened(now);
        takeSubmitted(now);
        takeNews(now);
        if (lost || now < restingUntil) {
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
        if (awaiting == null && !sockets.isEmpty()) {
            awaiting = calls.begin(server, new AwaitNews(line, seen), null);
            awaitDue = now + PATIENCE_NANOS;
        }
    }

    private void takeOpened(long now) {
        Calls.Pending<OpenReply> call = opening;
        if (call == null || !(calls.done(call) || now >= openDue)) {
            return;
        }
        opening = null;
        if (call.answer() instanceof LineOpened opened) {
            heardNanos = now;
            if (opened.life() == expectedLife) {
                life = opened.life();
                line = opened.line();
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
            heardNanos = now;
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
            heardNanos = now;
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
            restingUntil = now + REST_NANOS;
        }
    }

    private void lose() {
        lost = true;
        commands.seen(Long.MAX_VALUE);
        Map<Long, Listening> left = new LinkedHashMap<>(sockets);
        sockets.clear();
        left.forEach((number, socket) -> socket.on(new NetworkProtocol.Ended(number, NetworkError.SERVER_LOST, "")));
    }
}
