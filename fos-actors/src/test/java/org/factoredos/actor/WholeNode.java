package org.factoredos.actor;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.factoredos.boot.Boot;
import org.factoredos.boot.BootFailed;
import org.factoredos.boot.OwnerHost;
import org.factoredos.boot.RunningNode;
import org.factoredos.driver.BlockDevice;
import org.factoredos.driver.BlockError;
import org.factoredos.driver.BlockProtocol;
import org.factoredos.driver.CardDevice;
import org.factoredos.driver.ConsoleDevice;
import org.factoredos.driver.ConsoleProtocol;
import org.factoredos.driver.HostEntropy;
import org.factoredos.driver.HostTree;
import org.factoredos.driver.WallClock;
import org.factoredos.file.FileOwner;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Wire;
import org.factoredos.lib.Program;
import org.factoredos.memory.MemoryServer;
import org.factoredos.naming.MemberChoice;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.privilege.StaticRights;
import org.factoredos.server.Continuation;
import org.factoredos.server.Device;
import org.factoredos.server.DeviceRequest;
import org.factoredos.server.Effect;
import org.factoredos.server.JournalSync;
import org.factoredos.server.Membership;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Response;
import org.factoredos.server.Server;

/** A node with every fleet on 64 tiles, booted as in the product, but for its disk and journal, which forget. */
final class WholeNode implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 30;
    /** Of memory: 16 MiB. */
    static final int FRAMES = 4096;

    final Grid grid = Grid.ofOneNode(8, 8);
    final Incarnation self = new Incarnation(new NodeId(1), 1);
    final List<String> log = new CopyOnWriteArrayList<>();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final ActorTestKit kit = ActorTestKit.create();
    private final HostTree host;
    private final RunningNode running;

    /** {@code hostFolder}: what is seen as {@code /host}. */
    WholeNode(Map<String, Program> programs, Path hostFolder) throws BootFailed {
        host = new HostTree(hostFolder, self.boot());
        Interconnect node =
                new Interconnect(self.node(), self.boot(), grid, new StaticRights(grid), System::nanoTime, Wire.none());
        AkkaRoom room = AkkaRoom.start(kit.system(), node, programs::get);
        SortedMap<Incarnation, Long> removed = new TreeMap<>();
        room.tell(new Membership(grid, new TreeSet<>(List.of(self)), new TreeSet<>(), new TreeSet<>(), removed));
        OwnerHost owners = fleet -> {
            for (int i = 0; i < fleet.slices(); i++) {
                int slice = i;
                var opened = room.serve(
                        fleet.place().apply(slice),
                        fleet.domain(),
                        () -> new ForgetfulOwner(fleet.owners().apply(slice)),
                        new NoPower(),
                        node::leased);
                opened.toCompletableFuture()
                        .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                        .join();
            }
        };
        running = Boot.start(new Boot.Ports(
                node,
                room,
                owners,
                MemberChoice.NONE,
                new FileOwner.Settings(1, 0, 0),
                new MemoryServer.Settings(FRAMES, 0, 1),
                programs::containsKey,
                new Printer(),
                new MemoryDisk(),
                Optional.of(host),
                new IdleCard(),
                new WallClock(),
                new HostEntropy(),
                3,
                "0.1 of a test",
                log::add));
    }

    int run(String program, String... arguments) {
        return running.start(program, List.of(arguments))
                .exit()
                .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    RunningNode running() {
        return running;
    }

    String text() {
        synchronized (printed) {
            return printed.toString(StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() {
        running.close();
        host.close();
        kit.shutdownTestKit();
    }

    /** Serves as an owner does, with a journal that takes everything at once and keeps nothing. */
    private static final class ForgetfulOwner implements Server, Membership.Watcher {
        private final OwnerLife life;
        private boolean granted;

        ForgetfulOwner(OwnerLife life) {
            this.life = life;
        }

        @Override
        public List<Effect> on(Membership membership, long nanos) {
            List<Effect> effects = new ArrayList<>(life.on(membership, nanos));
            if (!granted) {
                granted = true;
                effects.addAll(life.on(new OwnerLife.SliceGranted(), new Response.DeadlinePassed(), nanos));
            }
            return unjournaled(effects);
        }

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            return unjournaled(life.on(in, nanos));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return unjournaled(life.on(continuation, response, nanos));
        }

        private static List<Effect> unjournaled(List<Effect> effects) {
            return effects.stream()
                    .filter(effect -> !(effect instanceof Effect.Persist))
                    .toList();
        }
    }

    private static final class NoPower implements Device {
        @Override
        public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
            done.accept(new JournalSync.JournalSynced());
        }
    }

    private final class Printer implements Device {
        @Override
        public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
            switch (request) {
                case ConsoleDevice.Write(boolean error, Bytes data) -> {
                    synchronized (printed) {
                        printed.write(data.toArray(), 0, data.length());
                    }
                    done.accept(new ConsoleProtocol.ConsoleWritten());
                }
                case ConsoleDevice.Size size -> done.accept(ConsoleProtocol.SizeAnswered.NO_TERMINAL);
                default -> done.accept(new ConsoleProtocol.EndOfInput());
            }
        }
    }

    /** A network card that nothing ever comes to, and that sends nothing. */
    private static final class IdleCard implements Device {
        @Override
        public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
            CardDevice asked = (CardDevice) request;
            switch (asked.request()) {
                case NetworkProtocol.OpenLine open ->
                    done.accept(new NetworkProtocol.LineOpened(asked.driver(), 1, 1, 0, "127.0.0.1", asked.driver()));
                case NetworkProtocol.Submit submit -> done.accept(new NetworkProtocol.Submitted());
                default -> {} // Its driver's patience ends, and it is asked again.
            }
        }
    }

    private static final class MemoryDisk implements Device {
        private final Map<BlockProtocol.ChunkId, BlockProtocol.ChunkRead> chunks = new ConcurrentHashMap<>();

        @Override
        public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
            done.accept(
                    switch ((BlockDevice) request) {
                        case BlockDevice.Put put -> {
                            chunks.put(put.chunk(), new BlockProtocol.ChunkRead(put.data(), put.checksum()));
                            yield new BlockProtocol.ChunkPut();
                        }
                        case BlockDevice.Get get -> {
                            BlockProtocol.ChunkRead read = chunks.get(get.chunk());
                            yield read == null ? new BlockProtocol.Refused(BlockError.IO) : read;
                        }
                        case BlockDevice.Drop drop -> {
                            drop.chunks().forEach(chunks::remove);
                            yield new BlockProtocol.ChunksDropped();
                        }
                        case BlockDevice.Sync sync -> new BlockProtocol.ChunksSynced();
                        case BlockDevice.Look look -> new BlockProtocol.ChunksLookedFor(List.of());
                        case BlockDevice.Verify verify -> new BlockProtocol.ChunksLookedFor(List.of());
                        case BlockDevice.Space space -> new BlockProtocol.SpaceReported(1L << 40, 1L << 39);
                    });
        }
    }
}
