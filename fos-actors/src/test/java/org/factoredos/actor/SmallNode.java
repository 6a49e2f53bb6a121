package org.factoredos.actor;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.factoredos.driver.ConsoleProtocol;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.FixedRights;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Wire;
import org.factoredos.lib.Execution;
import org.factoredos.lib.Program;
import org.factoredos.placement.PlacementServer;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.ProcessSpec.Tracing;
import org.factoredos.placement.Stream;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;

/** A node of real actors with only a fixed name server, a console that remembers, and placement: what programs need least. */
final class SmallNode implements AutoCloseable {
    static final long PATIENCE_SECONDS = 20;

    final Grid grid = Grid.ofOneNode(8, 8);
    final Incarnation self = new Incarnation(new NodeId(1), 1);
    final Interconnect interconnect =
            new Interconnect(self.node(), self.boot(), grid, FixedRights.ALL, System::nanoTime, Wire.none());
    final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    final Map<String, Address> names = new TreeMap<>();

    private final ActorTestKit kit = ActorTestKit.create();
    private final ActorRef<NodeActor.Command> node;

    SmallNode(Map<String, Program> programs) {
        interconnect.leaseGranted(interconnect.nanos(), Long.MAX_VALUE);
        names.put("sys:placement", Reserved.PLACEMENT.address(self, grid));
        Address nameFront = Reserved.NAME_FRONT.address(self, grid);
        interconnect.microkernels().forEach(microkernel -> microkernel.delegateNamesTo(nameFront));
        node = kit.spawn(NodeActor.create(interconnect, programs::get, fleet -> null));
        host(Reserved.NAME_FRONT, FixedNames::new);
        host(Reserved.PRIVILEGE_FRONT, AllowingPrivileges::new);
        host(Reserved.CONSOLE, RememberingConsole::new);
        host(
                Reserved.PLACEMENT,
                () -> new Fragile(new PlacementServer(self, grid, programs::containsKey, new TreeMap<>())));
    }

    void host(Reserved place, Supplier<Server> cores) {
        CompletableFuture<Client> opened = new CompletableFuture<>();
        node.tell(new NodeActor.HostServer(new ServerActor.Hosting(
                waker -> interconnect
                        .microkernel(place.tile(self.node(), grid))
                        .openBootstrap("sys:" + place, 256, waker),
                ServerActor.RequestBounds.USUAL,
                cores,
                (request, done) -> {},
                () -> true,
                opened::complete)));
        opened.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    /** Runs a program on the tile kept for the lease server, which is free here, and returns its exit status. */
    int run(Program program) {
        CompletableFuture<Integer> status = new CompletableFuture<>();
        ProcessSpec spec = spec("first", List.of());
        Client[] client = new Client[1];
        Thread thread = Thread.ofPlatform().unstarted(() -> {
            int ended = Execution.run(program, client[0], spec);
            client[0].microkernel().ended(client[0], ended);
            status.complete(ended);
        });
        client[0] = interconnect.microkernels().getFirst().open("user", 64, () -> LockSupport.unpark(thread));
        Execution.prepare(client[0], spec);
        thread.start();
        return status.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    ProcessSpec spec(String program, List<String> arguments) {
        return spec(program, arguments, new Stream.Nothing(), console());
    }

    ProcessSpec spec(String program, List<String> arguments, Stream in, Stream out) {
        return new ProcessSpec(program, arguments, "/", new TreeMap<>(), in, out, console(), Tracing.NONE);
    }

    Stream console() {
        return new Stream.Console(Reserved.CONSOLE.address(self, grid));
    }

    String text() {
        synchronized (printed) {
            return printed.toString(StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() {
        kit.shutdownTestKit();
    }

    /** Breaks an invariant of the server that it is sent to. */
    record Break() implements Payload {}

    private record Fragile(Server core) implements Server {
        @Override
        public List<Effect> on(Envelope in, long nanos) {
            if (in.payload() instanceof Break) {
                throw new IllegalStateException("an invariant is broken");
            }
            return core.on(in, nanos);
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return core.on(continuation, response, nanos);
        }
    }

    private final class FixedNames implements Server {
        @Override
        public List<Effect> on(Envelope in, long nanos) {
            if (!(in.payload() instanceof Delegation.BindName bind)) {
                return List.of();
            }
            Address known = names.get(bind.name());
            return List.of(Call.of(in, bind)
                    .reply(known == null ? new Delegation.NameUnbound() : Delegation.NameBound.single(known)));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }

    private static final class AllowingPrivileges implements Server {
        @Override
        public List<Effect> on(Envelope in, long nanos) {
            return in.payload() instanceof PrivilegeProtocol.AskRight ask
                    ? List.of(Call.of(in, ask).reply(new PrivilegeProtocol.RightAllowed()))
                    : List.of();
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }

    private final class RememberingConsole implements Server {
        @Override
        public List<Effect> on(Envelope in, long nanos) {
            if (!(in.payload() instanceof ConsoleProtocol.WriteConsole write)) {
                return List.of();
            }
            Bytes data = write.data();
            synchronized (printed) {
                printed.write(data.toArray(), 0, data.length());
            }
            return List.of(Call.of(in, write).reply(new ConsoleProtocol.ConsoleWritten()));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }
}
