package org.factoredos.sim;

import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientHost;
import org.factoredos.kernel.Leaving;
import org.factoredos.kernel.Mailbox;
import org.factoredos.kernel.Microkernel;
import org.factoredos.kernel.PackedClient;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Device;
import org.factoredos.server.Event;
import org.factoredos.server.Journal;
import org.factoredos.server.Membership;
import org.factoredos.server.Movable;
import org.factoredos.server.Owner;
import org.factoredos.server.Reserved;
import org.factoredos.server.RunLoop;
import org.factoredos.server.Server;
import org.jspecify.annotations.Nullable;

/** One tile in virtual time: gives its microkernel and its client their turns, as an actor does in the other room. */
public final class SimTile {
    private static final long LONGEST_TURN_DELAY = 20 * World.MICROSECOND;
    private static final int OUTSTANDING_CALLS = 256;
    private static final int LAGGING_PER_MILLE = 50;
    private static final Device NO_DEVICE = (request, done) -> {
        throw new IllegalStateException("this server has no device");
    };

    private final SimNode node;
    private final Microkernel kernel;
    private final Turns shim;
    private @Nullable Served tenant;

    SimTile(SimNode node, Microkernel kernel, ClientHost host) {
        this.node = node;
        this.kernel = kernel;
        this.shim = new Turns("shim " + kernel.tile(), this::shimTurn);
        kernel.attach(shim::soon, Reserved.elsewhere(host));
        shim.soon();
    }

    /** From now on this tile also runs state machines that are started by a message, as programs are. */
    public void run(Serving serving, Function<Payload, ? extends Movable> cores) {
        kernel.attach(shim::soon, Reserved.elsewhere(new Movers(serving, cores)));
    }

    /** Runs what can move. */
    private final class Movers implements ClientHost {
        private final Serving serving;
        private final Function<Payload, ? extends Movable> cores;

        Movers(Serving serving, Function<Payload, ? extends Movable> cores) {
            this.serving = serving;
            this.cores = cores;
        }

        @Override
        public Client start(Microkernel tile, Payload spec) {
            Served served = new Served(serving, cores.apply(spec), null, waker -> {
                Client opened = kernel.open(serving.domain(), OUTSTANDING_CALLS, waker);
                opened.createMailbox(serving.mailboxMessages(), serving.mailboxBytes());
                return opened;
            });
            served.begin();
            return served.client;
        }

        @Override
        public Arrival install(Microkernel tile, Payload spec, PackedClient packed) {
            Movable core = cores.apply(spec);
            core.restore(packed.core());
            Served served = new Served(serving, core, null, waker -> kernel.reopen(packed, waker));
            return new Arrival() {
                @Override
                public Client client() {
                    return served.client;
                }

                @Override
                public void begin() {
                    served.begin();
                }

                @Override
                public void discard() {
                    served.stopped = true;
                }
            };
        }
    }

    public Microkernel kernel() {
        return kernel;
    }

    /** How a server is run. */
    public record Serving(
            String domain, int mailboxMessages, long mailboxBytes, Device device, BooleanSupplier mayAnswer) {
        /** In domain {@code domain}, with 1,024 messages, no device, and answers that need no lease. */
        public static Serving as(String domain) {
            return new Serving(domain, 1024, 16 << 20, NO_DEVICE, () -> true);
        }

        public Serving mailbox(int messages) {
            return new Serving(domain, messages, mailboxBytes, device, mayAnswer);
        }

        public Serving device(Device through) {
            return new Serving(domain, mailboxMessages, mailboxBytes, through, mayAnswer);
        }

        public Serving answersIf(BooleanSupplier may) {
            return new Serving(domain, mailboxMessages, mailboxBytes, device, may);
        }
    }

    /** Runs a server here, as the bootstrap client of the tile. */
    public Served serve(Serving serving, Server core) {
        return start(serving, core, null);
    }

    /**
     * Runs an owner here: recovers it from the journal, and again whenever an append does not end well.
     *
     * @param fresh makes a core that has applied nothing
     * @param begun told of each life, once it has recovered
     */
    public Owned own(
            Serving serving, SimJournal journal, String id, Supplier<? extends Owner> fresh, Consumer<RunLoop> begun) {
        Owned owned = new Owned(serving, journal, id, fresh, begun);
        owned.recover();
        return owned;
    }

    void tell(Membership news) {
        if (tenant != null) {
            tenant.loop().tell(news);
        }
    }

    private Served start(Serving serving, Server core, @Nullable Writing writing) {
        Served served = new Served(serving, core, writing, waker -> {
            Client opened = kernel.openBootstrap(serving.domain(), OUTSTANDING_CALLS, waker);
            opened.createMailbox(serving.mailboxMessages(), serving.mailboxBytes());
            return opened;
        });
        served.ready = true;
        served.turns.soon();
        tenant = served;
        Membership known = node.membership();
        if (known != null) {
            served.loop().tell(known);
        }
        return served;
    }

    private void shimTurn() {
        if (kernel.turn()) {
            shim.soon();
        }
    }

    /** When somebody's next turn is. */
    private final class Turns {
        private final String what;
        private final Runnable turn;
        private boolean asked;
        private long timerAtNanos = Long.MAX_VALUE;

        Turns(String what, Runnable turn) {
            this.what = what;
            this.turn = turn;
        }

        void soon() {
            if (!asked) {
                asked = true;
                node.after(delay(), what, () -> {
                    asked = false;
                    turn.run();
                });
            }
        }

        private long delay() {
            long usual = node.world().between(0, LONGEST_TURN_DELAY);
            boolean lags =
                    this == shim && node.shimLagNanos() > 0 && node.world().chance(LAGGING_PER_MILLE);
            return lags ? node.world().between(0, node.shimLagNanos()) : usual;
        }

        void notLaterThan(long nanos) {
            if (nanos < timerAtNanos) {
                timerAtNanos = nanos;
                node.at(nanos, what, () -> {
                    if (timerAtNanos == nanos) {
                        timerAtNanos = Long.MAX_VALUE;
                    }
                    turn.run();
                });
            }
        }
    }

    /** A server that runs here. */
    public final class Served {
        private final Client client;
        private final Serving serving;
        private final Mailbox requests;
        private RunLoop loop;
        private final @Nullable Writing writing;
        private final Turns turns;
        private boolean ready;
        private boolean stopped;

        private Served(Serving serving, Server core, @Nullable Writing writing, Function<Client.Waker, Client> open) {
            this.turns = new Turns("turn " + kernel.tile(), this::turn);
            this.client = open.apply(turns::soon);
            Mailbox first = client.mailbox(Client.FIRST_MAILBOX);
            if (first == null) {
                throw new IllegalStateException("a server has a mailbox for requests");
            }
            this.serving = serving;
            this.requests = first;
            this.loop = newLoop(core);
            this.writing = writing;
        }

        /** What can move takes its turns from now on. */
        private void begin() {
            tenant = this;
            ready = true;
            client.moves(Leaving.Reach.ANYWHERE);
            loop.begin();
            Membership known = node.membership();
            if (known != null) {
                loop.tell(known);
            }
            turns.soon();
        }

        public RunLoop loop() {
            return loop;
        }

        private RunLoop newLoop(Server core) {
            return new RunLoop(client, requests, core, serving.device(), serving.mayAnswer());
        }

        /** The core has failed: {@code next} takes its place, at the same address, and knows nothing. */
        public void replace(Server next) {
            loop.abandon();
            loop = newLoop(next);
            Membership known = node.membership();
            if (known != null) {
                loop.tell(known);
            }
            turns.soon();
        }

        /** Ends the client; the tile is free. */
        public void stop() {
            if (!stopped) {
                stopped = true;
                tenant = tenant == this ? null : tenant;
                kernel.ended(client, 0);
            }
        }

        private void turn() {
            if (stopped || !ready) {
                return;
            }
            if (client.closed()) {
                stop();
                return;
            }
            Optional<List<Event>> row = loop.turn(node.nanos());
            if (loop.hasLeft()) {
                stopped = true;
                tenant = tenant == this ? null : tenant;
                return;
            }
            if (row.isPresent()) {
                append(row.get());
            } else if (!loop.rest()) {
                turns.soon();
            } else if (writing == null || !writing.inFlight()) {
                turns.notLaterThan(loop.nextDeadlineNanos());
            }
        }

        private void append(List<Event> row) {
            if (writing == null) {
                throw new IllegalStateException("a server that owns nothing has nothing to persist: " + row);
            }
            writing.append(row, outcome -> {
                if (stopped) {
                    return;
                }
                if (outcome != Journal.Outcome.DURABLE) {
                    stop();
                    writing.failed().run();
                    return;
                }
                loop.journaled(node.nanos());
                turns.soon();
            });
        }
    }

    /** One life of an owner's place in the journal. */
    private static final class Writing {
        private final SimJournal journal;
        private final SimNode node;
        private final String id;
        private final Owner core;
        private final Runnable failed;
        private long lastSequence;
        private boolean inFlight;

        Writing(SimJournal journal, SimNode node, String id, Owner core, long lastSequence, Runnable failed) {
            this.journal = journal;
            this.node = node;
            this.id = id;
            this.core = core;
            this.lastSequence = lastSequence;
            this.failed = failed;
        }

        boolean inFlight() {
            return inFlight;
        }

        Runnable failed() {
            return failed;
        }

        void append(List<Event> row, Consumer<Journal.Outcome> done) {
            inFlight = true;
            long sequence = ++lastSequence;
            var snapshot = node.world().chance(SimJournal.SNAPSHOTS_PER_MILLE) ? core.snapshot() : null;
            journal.append(node, id, sequence, row, outcome -> {
                inFlight = false;
                if (outcome == Journal.Outcome.DURABLE && snapshot != null) {
                    journal.save(id, sequence, snapshot);
                }
                done.accept(outcome);
            });
        }
    }

    /** An owner's place on this tile, from its grant until it is withdrawn or has {@link #retire retired}. */
    public final class Owned {
        private final Serving serving;
        private final SimJournal journal;
        private final String id;
        private final Supplier<? extends Owner> fresh;
        private final Consumer<RunLoop> begun;
        private @Nullable Served served;
        private boolean recovering;
        private boolean retiring;
        private boolean withdrawn;

        private Owned(
                Serving serving,
                SimJournal journal,
                String id,
                Supplier<? extends Owner> fresh,
                Consumer<RunLoop> begun) {
            this.serving = serving;
            this.journal = journal;
            this.id = id;
            this.fresh = fresh;
            this.begun = begun;
        }

        /** The owner while it runs; null while it recovers, and once it was withdrawn. */
        public @Nullable Served served() {
            return served;
        }

        /** Whether nothing that it has persisted is still on its way to the journal. */
        public boolean written() {
            return served == null || served.writing == null || !served.writing.inFlight();
        }

        /** No life of the owner follows that which runs or recovers now: if a row of it fails, that was its end. */
        public void retire() {
            retiring = true;
        }

        /** Whether it has retired, and no life is left. */
        public boolean over() {
            return retiring && served == null && !recovering;
        }

        /** Stops the owner for good. */
        public void withdraw() {
            withdrawn = true;
            if (served != null) {
                served.stop();
                served = null;
            }
        }

        private void recover() {
            recovering = true;
            journal.read(node, id, recovered -> {
                recovering = false;
                if (withdrawn) {
                    return;
                }
                Owner core = fresh.get();
                if (recovered.snapshot() != null) {
                    core.restore(recovered.snapshot());
                }
                recovered.rows().forEach(row -> row.forEach(core::apply));
                Writing writing = new Writing(journal, node, id, core, recovered.lastSequence(), this::recoverLater);
                Served next = start(serving, core, writing);
                served = next;
                begun.accept(next.loop());
            });
        }

        private void recoverLater() {
            served = null;
            node.after(node.world().between(10 * World.MILLISECOND, 300 * World.MILLISECOND), "recover " + id, () -> {
                if (!withdrawn && !retiring) {
                    recover();
                }
            });
        }
    }
}
