package org.factoredos.actor;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.ActorContext;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientHost;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Leaving;
import org.factoredos.kernel.Microkernel;
import org.factoredos.kernel.PackedClient;
import org.factoredos.kernel.Payload;
import org.factoredos.lib.Execution;
import org.factoredos.lib.Program;
import org.factoredos.load.JarProgram;
import org.factoredos.placement.PlacementProtocol.Rank;
import org.factoredos.placement.PlacementProtocol.StartProcess;
import org.factoredos.placement.PlacementProtocol.StartServer;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.server.Movable;
import org.jspecify.annotations.Nullable;

/** Runs on a tile what placement wants run there: a program of the catalog or of a user's jar, or a further server of a fleet. */
final class TileHost implements ClientHost {
    private static final int OUTSTANDING_CALLS = 64;
    private static final ServerActor.RequestBounds REQUESTS = ServerActor.RequestBounds.USUAL;

    private final ActorContext<MicrokernelActor.Command> context;
    private final Function<String, @Nullable Program> catalog;
    private final FurtherServers servers;

    TileHost(
            ActorContext<MicrokernelActor.Command> context,
            Function<String, @Nullable Program> catalog,
            FurtherServers servers) {
        this.context = context;
        this.catalog = catalog;
        this.servers = servers;
    }

    @Override
    public Client start(Microkernel tile, Payload what) {
        if (what instanceof StartServer server) {
            return servers.start(tile, server);
        }
        if (!(what instanceof StartProcess(ProcessSpec spec, ClientId parent, Rank rank))) {
            throw new IllegalArgumentException("only programs and servers are started here");
        }
        Program program = spec.isBrought() ? new JarProgram(spec.program()) : catalog.apply(spec.program());
        if (program == null) {
            throw new IllegalArgumentException("there is no program '" + spec.program() + "'");
        }
        Optional<Movable> core = program.core(spec.arguments());
        if (core.isPresent()) {
            return startCore(tile, spec.domain(), core.get());
        }
        // The thread needs the client and the actor, and each of those needs the thread: it finds them when it starts.
        AtomicReference<@Nullable Client> itsClient = new AtomicReference<>();
        AtomicReference<@Nullable ActorRef<ProgramActor.Command>> itsActor = new AtomicReference<>();
        Thread thread = Thread.ofPlatform()
                .name(spec.program() + " on " + tile.tile())
                .daemon()
                .unstarted(() -> run(program, spec, rank, itsClient.get(), itsActor));
        Client client = tile.open(spec.domain(), OUTSTANDING_CALLS, () -> LockSupport.unpark(thread));
        client.moves(Leaving.Reach.WITHIN_NODE);
        Execution.prepare(client, spec, rank);
        itsClient.set(client);
        itsActor.set(context.spawnAnonymous(ProgramActor.create(client, thread)));
        return client;
    }

    private Client startCore(Microkernel tile, String domain, Movable core) {
        ActorRef<MovableActor.Command> actor = context.spawnAnonymous(MovableActor.create());
        try {
            Client client = tile.open(domain, OUTSTANDING_CALLS, () -> actor.tell(MovableActor.Own.WAKE));
            client.createMailbox(REQUESTS.messages(), REQUESTS.bytes());
            actor.tell(new MovableActor.Run(client, core));
            return client;
        } catch (IllegalStateException e) {
            actor.tell(MovableActor.Own.DISCARD);
            throw e;
        }
    }

    @Override
    public Arrival install(Microkernel tile, Payload what, PackedClient packed) {
        if (!(what instanceof StartProcess(ProcessSpec spec, ClientId parent, Rank rank))) {
            throw new IllegalArgumentException("only programs are started here");
        }
        Program program = catalog.apply(spec.program());
        Optional<Movable> core = program == null ? Optional.empty() : program.core(spec.arguments());
        Movable restored = core.orElseThrow(() -> new IllegalArgumentException("that program is not known here"));
        restored.restore(packed.core());
        ActorRef<MovableActor.Command> actor = context.spawnAnonymous(MovableActor.create());
        try {
            return new Arriving(tile.reopen(packed, () -> actor.tell(MovableActor.Own.WAKE)), restored, actor);
        } catch (IllegalStateException e) {
            actor.tell(MovableActor.Own.DISCARD);
            throw e;
        }
    }

    private record Arriving(Client client, Movable core, ActorRef<MovableActor.Command> actor) implements Arrival {
        @Override
        public void begin() {
            actor.tell(new MovableActor.Run(client, core));
        }

        @Override
        public void discard() {
            actor.tell(MovableActor.Own.DISCARD);
        }
    }

    private static void run(
            Program program,
            ProcessSpec spec,
            @Nullable Rank rank,
            @Nullable Client client,
            AtomicReference<@Nullable ActorRef<ProgramActor.Command>> actor) {
        if (client == null) {
            throw new IllegalStateException("a program's client is opened before its thread starts");
        }
        int status = Execution.KILLED;
        try {
            status = Execution.run(program, client, spec, rank);
        } finally {
            client.microkernel().ended(client, status);
            ActorRef<ProgramActor.Command> self = actor.get();
            if (self != null) {
                self.tell(ProgramActor.Command.ENDED);
            }
        }
    }
}
