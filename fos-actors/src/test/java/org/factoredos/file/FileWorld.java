package org.factoredos.file;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.factoredos.driver.BlockError;
import org.factoredos.driver.BlockProtocol;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Event;
import org.factoredos.server.JournalSync;
import org.factoredos.server.Membership;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.jspecify.annotations.Nullable;

/** A front, the four owners with their lives, and disks in memory; what is under way moves in an order that a seed decides. */
final class FileWorld {
    static final Incarnation SELF = new Incarnation(new NodeId(1), 1);
    static final FileOwner.Settings SETTINGS = new FileOwner.Settings(1, 0, 0);
    private static final Grid GRID = Grid.ofOneNode(8, 8);

    private record Step(long dueNanos, Runnable run) {}

    final Map<ChunkId, Bytes> disk = new LinkedHashMap<>();
    final List<List<Event>> journals = new ArrayList<>();
    final Map<Integer, OwnerLife> owners = new TreeMap<>();
    final List<ChunkId> damaged = new ArrayList<>();
    boolean leased = true;
    final FileFront front = new FileFront(SELF, () -> leased, true, "1.2", 0);

    @Nullable
    BlockError putError;

    /** Whether the privilege fleet lets anybody mount. */
    boolean mounts = true;

    /** Clients that their microkernel knows no more. */
    final Set<ClientId> ended = new TreeSet<>();

    int diskReads;
    int journalSyncs;
    /** What was asked of owners. */
    int ownerCalls;

    boolean journalFails;
    int diskSyncs;
    long nanos;
    private final Random random;
    private final List<Step> steps = new ArrayList<>();
    private final Map<Long, Payload> answers = new TreeMap<>();
    private long lastCall;
    private long serverCalls;

    FileWorld(long seed) {
        random = new Random(seed);
        perform(Reserved.FILE_FRONT, front, front.on(membership(), 0));
        for (int slice = 0; slice < Reserved.FILE_SLICES; slice++) {
            journals.add(new ArrayList<>());
            start(slice);
        }
    }

    /** A new owner on what the journal holds; the old one's steps lead nowhere any more. */
    void start(int slice) {
        OwnerLife life = new OwnerLife(
                new FileOwner(slice, SELF, SETTINGS, 1_000_000),
                slice,
                SELF,
                Reserved.fileOwner(slice),
                Reserved.FILE_FRONT);
        journals.get(slice).forEach(life::apply);
        owners.put(slice, life);
        perform(Reserved.fileOwner(slice), life, life.on(membership(), nanos));
        perform(
                Reserved.fileOwner(slice),
                life,
                life.on(new OwnerLife.SliceGranted(), new Response.DeadlinePassed(), nanos));
    }

    private static Membership membership() {
        SortedMap<Incarnation, Long> none = new TreeMap<>();
        return new Membership(GRID, new TreeSet<>(List.of(SELF)), new TreeSet<>(), new TreeSet<>(), none);
    }

    static Address client(int number) {
        return new Address(new ClientId(SELF.node(), SELF.boot(), number), 0, new TileId(SELF.node(), 5, 5));
    }

    long ask(int client, FileProtocol.Request<?> request) {
        long call = ++lastCall;
        ask(client, call, request);
        return call;
    }

    /** The same for somebody of that domain. */
    Payload call(String domain, FileProtocol.Request<?> request) {
        long call = ++lastCall;
        ask(domain, 1000, call, request);
        return await(call);
    }

    void ask(int client, long call, FileProtocol.Request<?> request) {
        ask("sys:test", client, call, request);
    }

    private void ask(String domain, int client, long call, FileProtocol.Request<?> request) {
        Address to = Reserved.FILE_FRONT.address(SELF, GRID);
        Envelope in = new Envelope(to, client(client), domain, Envelope.Kind.REQUEST, call, 0, request, null);
        later(0, () -> perform(Reserved.FILE_FRONT, front, front.on(in, nanos)));
    }

    /** Asks, and lets everything run until the answer is there. */
    Payload call(FileProtocol.Request<?> request) {
        return await(ask(1000, request));
    }

    Payload await(long call) {
        for (int i = 0; i < 100_000 && !answers.containsKey(call); i++) {
            step();
        }
        Payload answer = answers.get(call);
        if (answer == null) {
            throw new AssertionError("no answer to call " + call);
        }
        return answer;
    }

    boolean answered(long call) {
        return answers.containsKey(call);
    }

    void run(long forNanos) {
        long until = nanos + forNanos;
        while (steps.stream().anyMatch(step -> step.dueNanos() <= until)) {
            step();
        }
        nanos = until;
    }

    void step() {
        long now = nanos;
        List<Step> due = steps.stream().filter(step -> step.dueNanos() <= now).toList();
        if (due.isEmpty()) {
            nanos = steps.stream().mapToLong(Step::dueNanos).min().orElseThrow();
            return;
        }
        Step next = due.get(random.nextInt(due.size()));
        steps.remove(next);
        next.run().run();
    }

    private void later(long afterNanos, Runnable run) {
        steps.add(new Step(nanos + afterNanos, run));
    }

    private void perform(Reserved place, Server server, List<Effect> effects) {
        for (Effect effect : effects) {
            switch (effect) {
                case Effect.Persist(var event) -> {
                    if (alive(place, server)) {
                        journals.get(slice(place)).add(event);
                    }
                }
                case Effect.Reply(var to, var call, var answer, var trace) -> replied(to, call, answer);
                case Effect.Call(var to, var request, var continuation, var patience) ->
                    call(place, server, (Address) to, request, continuation);
                case Effect.Device(var request, var continuation, var patience) -> {
                    journalSyncs++;
                    JournalSync answer =
                            journalFails ? new JournalSync.JournalSyncFailed() : new JournalSync.JournalSynced();
                    restart(place, server, continuation, new Response.Answered(answer), 0);
                }
                case Effect.Timer(var continuation, var after) ->
                    restart(place, server, continuation, new Response.DeadlinePassed(), after);
                case Effect.Audit denied -> throw new AssertionError("nobody is denied anything: " + denied);
                case Effect.Send send -> throw new AssertionError("nobody sends " + send);
            }
        }
    }

    private final Map<Long, Consumer<Payload>> waiting = new LinkedHashMap<>();

    private void replied(Address to, long call, Payload answer) {
        if (call < 0) {
            Consumer<Payload> taker = waiting.remove(call);
            if (taker != null) {
                taker.accept(answer);
            }
        } else {
            if (answers.put(call, answer) != null) {
                throw new AssertionError("a second answer to call " + call + " of " + to);
            }
        }
    }

    private void call(
            Reserved place, Server server, Address to, Payload.Request<?> request, Continuation continuation) {
        if (to.equals(Reserved.BLOCK.address(SELF, GRID))) {
            later(random.nextInt(3), () -> {
                Response response = new Response.Answered(disk((BlockProtocol.Request<?>) request));
                restart(place, server, continuation, response, random.nextInt(3));
            });
            return;
        }
        if (to.equals(Reserved.PRIVILEGE_FRONT.address(SELF, GRID))) {
            Payload answer = mounts ? new PrivilegeProtocol.RightAllowed() : new PrivilegeProtocol.RightDenied();
            restart(place, server, continuation, new Response.Answered(answer), 0);
            return;
        }
        if (request instanceof Delegation.ReportDomain(ClientId asked)) {
            Payload answer =
                    ended.contains(asked) ? new Delegation.NoSuchClient() : new Delegation.DomainReported("sys:test");
            restart(place, server, continuation, new Response.Answered(answer), 0);
            return;
        }
        if (to.equals(Reserved.HOST.address(SELF, GRID))) {
            restart(place, server, continuation, new Response.SendRefused(SendResult.NO_SUCH_MAILBOX), 0);
            return;
        }
        ownerCalls += place.equals(Reserved.FILE_FRONT) ? 1 : 0;
        long call = --serverCalls;
        waiting.put(call, answer -> restart(place, server, continuation, new Response.Answered(answer), 0));
        Envelope in = new Envelope(
                to, place.address(SELF, GRID), "sys:test", Envelope.Kind.REQUEST, call, Long.MIN_VALUE, request, null);
        Reserved target = Reserved.of(GRID, to.tile()).orElseThrow();
        later(random.nextInt(3), () -> {
            Server receiver = current(target);
            perform(target, receiver, receiver.on(in, nanos));
        });
        later(4_000_000_000L, () -> {
            if (waiting.remove(call) != null) {
                restart(place, server, continuation, new Response.DeadlinePassed(), 0);
            }
        });
    }

    private void restart(Reserved place, Server server, Continuation continuation, Response response, long after) {
        later(after, () -> {
            if (alive(place, server)) {
                perform(place, server, server.on(continuation, response, nanos));
            }
        });
    }

    private Server current(Reserved place) {
        return place.equals(Reserved.FILE_FRONT) ? front : Objects.requireNonNull(owners.get(slice(place)));
    }

    @SuppressWarnings("ReferenceEquality") // A successor at the same place is another server.
    private boolean alive(Reserved place, Server server) {
        return server == current(place);
    }

    private static int slice(Reserved place) {
        return place.index() - Reserved.fileOwner(0).index();
    }

    private Payload disk(BlockProtocol.Request<?> request) {
        return switch (request) {
            case BlockProtocol.PutChunk(var chunk, var data, var checksum) -> {
                if (putError != null) {
                    yield new BlockProtocol.Refused(putError);
                }
                if (disk.putIfAbsent(chunk, data) != null) {
                    throw new AssertionError("a version is written once: " + chunk);
                }
                yield new BlockProtocol.ChunkPut();
            }
            case BlockProtocol.GetChunk(var chunk) -> {
                diskReads++;
                Bytes data = disk.get(chunk);
                yield damaged.contains(chunk)
                        ? new BlockProtocol.Refused(BlockError.CORRUPT)
                        : data == null
                                ? new BlockProtocol.Refused(BlockError.NO_SUCH_CHUNK)
                                : new BlockProtocol.ChunkRead(data, data.crc32c());
            }
            case BlockProtocol.DropChunks(var chunks) -> {
                chunks.forEach(disk::remove);
                yield new BlockProtocol.ChunksDropped();
            }
            case BlockProtocol.LookForChunks(var chunks) ->
                new BlockProtocol.ChunksLookedFor(chunks.stream()
                        .filter(chunk -> !disk.containsKey(chunk))
                        .toList());
            case BlockProtocol.VerifyChunks(var chunks) ->
                new BlockProtocol.ChunksLookedFor(chunks.stream()
                        .filter(chunk -> !disk.containsKey(chunk) || damaged.contains(chunk))
                        .toList());
            case BlockProtocol.ReportSpace report -> new BlockProtocol.SpaceReported(1000, 100);
            case BlockProtocol.SyncChunks(var chunks) -> {
                diskSyncs++;
                yield disk.keySet().containsAll(chunks)
                        ? new BlockProtocol.ChunksSynced()
                        : new BlockProtocol.Refused(BlockError.NO_SUCH_CHUNK);
            }
        };
    }
}
