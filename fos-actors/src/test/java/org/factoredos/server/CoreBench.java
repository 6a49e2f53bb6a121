package org.factoredos.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;

/** Runs cores against each other in virtual time, without kernel, links or journal; messages can be held back by hand. */
public final class CoreBench {
    private static final long HOP_NANOS = 1_000;

    private final Map<Address, Server> cores = new LinkedHashMap<>();
    private final Map<Name, Address> names = new LinkedHashMap<>();
    private final Map<Address, List<Event>> journals = new LinkedHashMap<>();
    private final Map<Long, Parked> parked = new LinkedHashMap<>();
    private final PriorityQueue<Due> due = new PriorityQueue<>();
    private final Map<Long, Payload> answers = new LinkedHashMap<>();
    private final List<Effect.Audit> denials = new ArrayList<>();
    private final List<Envelope> held = new ArrayList<>();
    private Predicate<Envelope> holdBack = envelope -> false;
    private Device device = (request, done) -> {
        throw new AssertionError("no device here");
    };
    private long nanos;
    private long order;
    private String domain = "sys:test";
    private long lastCall;

    private record Due(long nanos, long order, Runnable action) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            return nanos != other.nanos ? Long.compare(nanos, other.nanos) : Long.compare(order, other.order);
        }
    }

    private record Parked(Address by, Continuation continuation) {}

    public long nanos() {
        return nanos;
    }

    public void add(Address address, Server core) {
        cores.put(address, core);
    }

    /** Where what is sent to that name goes. */
    public void name(String name, Address address) {
        names.put(new Name(name), address);
    }

    public void remove(Address address) {
        cores.remove(address);
    }

    public List<Event> journal(Address owner) {
        return journals.computeIfAbsent(owner, o -> new ArrayList<>());
    }

    public void tell(Address core, Membership membership) {
        if (cores.get(core) instanceof Membership.Watcher watcher) {
            perform(core, watcher.on(membership, nanos));
        }
    }

    public void tell(Address core, Continuation news) {
        Server server = cores.get(core);
        if (server != null) {
            perform(core, server.on(news, new Response.DeadlinePassed(), nanos));
        }
    }

    /** What cores have denied. */
    public List<Effect.Audit> denials() {
        return List.copyOf(denials);
    }

    /** What cores' device effects go to. */
    public void device(Device through) {
        device = through;
    }

    /** From now on such messages wait until {@link #release}. */
    public void holdBack(Predicate<Envelope> which) {
        holdBack = which;
    }

    public int heldBack() {
        return held.size();
    }

    public void release() {
        holdBack = envelope -> false;
        List<Envelope> late = List.copyOf(held);
        held.clear();
        late.forEach(this::arrive);
    }

    /** The protection domain in which clients ask from now on. */
    public void in(String clientsDomain) {
        domain = clientsDomain;
    }

    /** A client's request under a number of its choice. */
    public void ask(ClientId client, long call, long settled, Address to, Payload request) {
        Address from = new Address(client, 0, new TileId(new NodeId(1), 0, 0));
        post(new Envelope(to, from, domain, Envelope.Kind.REQUEST, call, settled, request, null));
    }

    /** Asks as a new client call, runs until all is quiet for {@code patienceNanos}, and returns the answer. */
    public Payload call(ClientId client, Address to, Payload request) {
        long call = 1_000_000_000L + ++lastCall;
        ask(client, call, call - 1, to, request);
        run(3_000_000_000L);
        Payload answer = answers.get(call);
        if (answer == null) {
            throw new AssertionError("no answer to " + request);
        }
        return answer;
    }

    public boolean answered(long call) {
        return answers.containsKey(call);
    }

    /** The answer that a client got to its call of that number. */
    public Payload answer(long call) {
        Payload answer = answers.get(call);
        if (answer == null) {
            throw new AssertionError("no answer to call " + call);
        }
        return answer;
    }

    public void run(long forNanos) {
        long until = nanos + forNanos;
        while (!due.isEmpty() && due.peek().nanos() <= until) {
            Due next = due.remove();
            nanos = next.nanos();
            next.action().run();
        }
        nanos = until;
    }

    private void after(long delay, Runnable action) {
        due.add(new Due(nanos + delay, ++order, action));
    }

    private void perform(Address by, List<Effect> effects) {
        for (Effect effect : effects) {
            switch (effect) {
                case Effect.Persist(Event event) -> journal(by).add(event);
                case Effect.Timer(var continuation, var delay) -> {
                    Server self = cores.get(by);
                    after(delay, () -> {
                        if (self != null && self.equals(cores.get(by))) {
                            perform(by, self.on(continuation, new Response.DeadlinePassed(), nanos));
                        }
                    });
                }
                case Effect.Reply(var to, var call, var answer, var trace) ->
                    post(new Envelope(to, by, "sys:test", Envelope.Kind.REPLY, call, 0, answer, null));
                case Effect.Send(var to, var message, var refused) ->
                    post(new Envelope(address(to), by, "sys:test", Envelope.Kind.MESSAGE, 0, 0, message, null));
                case Effect.Call(var to, var request, var continuation, var patience) -> {
                    long call = ++lastCall;
                    parked.put(call, new Parked(by, continuation));
                    after(patience, () -> restart(call, new Response.DeadlinePassed()));
                    post(new Envelope(
                            address(to), by, "sys:test", Envelope.Kind.REQUEST, call, call - 1, request, null));
                }
                case Effect.Audit denial -> denials.add(denial);
                case Effect.Device(var request, var continuation, var patience) -> {
                    long call = ++lastCall;
                    parked.put(call, new Parked(by, continuation));
                    after(patience, () -> restart(call, new Response.DeadlinePassed()));
                    device.begin(
                            request, answer -> after(HOP_NANOS, () -> restart(call, new Response.Answered(answer))));
                }
            }
        }
    }

    private Address address(Destination to) {
        return to instanceof Name name ? Objects.requireNonNull(names.get(name), name.text()) : (Address) to;
    }

    private void post(Envelope envelope) {
        if (holdBack.test(envelope)) {
            held.add(envelope);
        } else {
            after(HOP_NANOS, () -> arrive(envelope));
        }
    }

    private void arrive(Envelope envelope) {
        if (envelope.kind() == Envelope.Kind.REPLY) {
            if (parked.containsKey(envelope.call())) {
                restart(envelope.call(), new Response.Answered(envelope.payload()));
            } else {
                answers.putIfAbsent(envelope.call(), envelope.payload());
            }
            return;
        }
        Server core = cores.get(envelope.to());
        if (core == null) {
            restart(envelope.call(), new Response.SendRefused(SendResult.NO_SUCH_MAILBOX));
        } else {
            perform(envelope.to(), core.on(envelope, nanos));
        }
    }

    private void restart(long call, Response response) {
        Parked waiting = parked.remove(call);
        Server core = waiting == null ? null : cores.get(waiting.by());
        if (waiting != null && core != null) {
            perform(waiting.by(), core.on(waiting.continuation(), response, nanos));
        }
    }
}
