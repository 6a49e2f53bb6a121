package org.factoredos.boot;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.factoredos.driver.BlockDriver;
import org.factoredos.driver.CardDriver;
import org.factoredos.driver.ClockDriver;
import org.factoredos.driver.ConsoleDriver;
import org.factoredos.driver.EntropyDriver;
import org.factoredos.driver.HostDriver;
import org.factoredos.file.FileFront;
import org.factoredos.file.FileOwner;
import org.factoredos.grid.Grid;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.SendResult;
import org.factoredos.lib.CallError;
import org.factoredos.lib.FosException;
import org.factoredos.memory.MemoryProtocol;
import org.factoredos.memory.MemoryServer;
import org.factoredos.naming.NameError;
import org.factoredos.naming.NameFront;
import org.factoredos.naming.NameOwner;
import org.factoredos.naming.NameProtocol;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.network.NetworkServer;
import org.factoredos.placement.ElasticFleet;
import org.factoredos.placement.PlacementProtocol.BootStep;
import org.factoredos.placement.PlacementProtocol.NoteBoot;
import org.factoredos.placement.PlacementServer;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.ProcessSpec.Tracing;
import org.factoredos.placement.Stream;
import org.factoredos.privilege.PrivilegeError;
import org.factoredos.privilege.PrivilegeFront;
import org.factoredos.privilege.PrivilegeOwner;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.server.Device;
import org.factoredos.server.NodeLease;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;
import org.factoredos.server.Server;

/**
 * Starts the servers of one node, each when those that it needs serve: lease, privileges, names, memory, drivers, files, placement,
 * network.
 *
 * <p>Every step ends with a message that only a working fleet can answer; none sleeps.
 */
public final class Boot {
    /** Past this a step has failed: longer than a failover, shorter than a person's patience. */
    private static final long STEP_SECONDS = 60;

    private static final String SYSTEM_NAMES = "sys:*";
    private static final String MEMORY = "sys:memory";
    private static final String NETWORK = "sys:net";

    private static final Device NO_DEVICE = (request, done) -> {
        throw new IllegalStateException("this server has no device");
    };

    /**
     * What a node is made of.
     *
     * @param node its microkernels
     * @param room runs its servers; whoever knows the members tells it them
     * @param owners runs its share of the owners
     * @param routers choose members of sets for the name front
     * @param files how files are kept
     * @param memory how much memory there is
     * @param programs which programs there are
     * @param console the terminal
     * @param disk the chunk store
     * @param host the host's file tree; empty where it is not to be seen
     * @param card the network card
     * @param clock the clock
     * @param entropy the source of chance
     * @param mostServers of a fleet that grows with its load, on this node
     * @param version what {@code /etc/motd} says
     * @param log told each step with its time
     */
    public record Ports(
            Interconnect node,
            MachineRoom room,
            OwnerHost owners,
            Device routers,
            FileOwner.Settings files,
            MemoryServer.Settings memory,
            Predicate<String> programs,
            Device console,
            Device disk,
            Optional<Device> host,
            Device card,
            Device clock,
            Device entropy,
            int mostServers,
            String version,
            Consumer<String> log) {}

    private interface Step {
        void run() throws ExecutionException, InterruptedException, TimeoutException;
    }

    private final Ports ports;
    private final Incarnation self;
    private final Grid grid;
    private final TileId initTile;
    private final Init init;
    private final List<BootStep> steps = new ArrayList<>();
    private long stepBegunNanos;

    private Boot(Ports ports) {
        this.ports = ports;
        this.self = new Incarnation(ports.node().node(), ports.node().boot());
        this.grid = ports.node().grid();
        this.initTile = Init.tile(grid.tilesOf(self.node()));
        this.init = new Init(ports.node().microkernel(initTile), spec("init", List.of(), console()));
        this.stepBegunNanos = ports.node().nanos();
    }

    /** Returns when all fleets of this node serve. */
    public static RunningNode start(Ports ports) throws BootFailed {
        Boot boot = new Boot(ports);
        try {
            boot.step("lease", boot::lease);
            boot.step("privileges", boot::privileges);
            boot.step("names", boot::names);
            boot.step("memory", boot::memory);
            boot.step("drivers", boot::drivers);
            boot.step("files", boot::files);
            boot.step("placement", boot::placement);
            boot.step("network", boot::network);
            boot.step("report", boot::report);
        } catch (BootFailed e) {
            boot.init.stop();
            throw e;
        }
        return new RunningNode(boot.init, boot.console(), boot.self, boot.grid);
    }

    private void step(String name, Step step) throws BootFailed {
        try {
            step.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BootFailed("the start was interrupted at the step '" + name + "'", e);
        } catch (TimeoutException e) {
            throw new BootFailed("the step '" + name + "' did not end in " + STEP_SECONDS + " s; see the log", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new BootFailed("the step '" + name + "' failed: " + cause.getMessage(), e);
        }
        long now = ports.node().nanos();
        long took = now - stepBegunNanos;
        ports.log().accept(String.format(Locale.ROOT, "boot: %s %.1f ms", name, took / 1e6));
        steps.add(new BootStep(name, System.currentTimeMillis() - took / 1_000_000, took));
        stepBegunNanos = now;
    }

    private void lease() throws ExecutionException, InterruptedException, TimeoutException {
        CompletableFuture<Long> leased = new CompletableFuture<>();
        serve(
                Reserved.LEASE,
                NO_DEVICE,
                () -> new NodeLease(self, (asked, until) -> {
                    ports.node().leaseGranted(asked, until);
                    leased.complete(until);
                }));
        within(leased);
    }

    private void privileges() throws ExecutionException, InterruptedException, TimeoutException {
        serve(Reserved.PRIVILEGE_FRONT, NO_DEVICE, () -> new PrivilegeFront(self, ports.node()::leased));
        Address front = Reserved.PRIVILEGE_FRONT.address(self, grid);
        ports.node().microkernels().forEach(microkernel -> microkernel.delegateRightsTo(front));
        own(
                "privilege",
                Reserved.PRIVILEGE_FRONT,
                Reserved.PRIVILEGE_SLICES,
                Reserved::privilegeOwner,
                slice -> new OwnerLife(
                        new PrivilegeOwner(), slice, self, Reserved.privilegeOwner(slice), Reserved.PRIVILEGE_FRONT));
        init.start();
        for (PrivilegeProtocol.EstablishDomain domain : FirstRights.ALL) {
            within(init.run(untilAnswered(fos -> {
                // Once for ever: what was revoked since stays revoked.
                if (fos.call(front, domain) instanceof PrivilegeProtocol.Refused(PrivilegeError error)
                        && error != PrivilegeError.DOMAIN_EXISTS) {
                    throw new FosException(error, domain.domain() + ": " + error.sentence());
                }
                return true;
            })));
        }
    }

    private void own(
            String fleet, Reserved front, int slices, IntFunction<Reserved> place, IntFunction<OwnerLife> owners) {
        ports.owners().own(new OwnerHost.OwnedFleet(fleet, front.domain(), slices, place, owners));
    }

    private void names() throws ExecutionException, InterruptedException, TimeoutException {
        serve(
                Reserved.NAME_FRONT,
                ports.routers(),
                () -> new NameFront(self, ports.node()::leased, Optional.of(Reserved.PRIVILEGE_FRONT)));
        Address front = Reserved.NAME_FRONT.address(self, grid);
        ports.node().microkernels().forEach(microkernel -> microkernel.delegateNamesTo(front));
        own("name", Reserved.NAME_FRONT, Reserved.NAME_SLICES, Reserved::nameOwner, this::nameOwner);
        claim();
        register("sys:names", Reserved.NAME_FRONT);
        register("sys:privileges", Reserved.PRIVILEGE_FRONT);
    }

    private OwnerLife nameOwner(int slice) {
        return new OwnerLife(new NameOwner(slice, self), slice, self, Reserved.nameOwner(slice), Reserved.NAME_FRONT);
    }

    /** Serves once it has asked every tile of the node. */
    private void memory() throws ExecutionException, InterruptedException, TimeoutException {
        Address address = Reserved.MEMORY.address(self, grid);
        serve(Reserved.MEMORY, NO_DEVICE, () -> new MemoryServer(self, grid, address, ports.memory()));
        within(init.run(untilAnswered(fos -> fos.call(address, new MemoryProtocol.ReportMemory()))));
        register(MEMORY, Reserved.MEMORY);
        ports.room()
                .offer(
                        MEMORY,
                        new MachineRoom.Offer(
                                Reserved.MEMORY.domain(),
                                further -> new MemoryServer(self, grid, further, ports.memory()),
                                NO_DEVICE));
    }

    private void drivers() throws ExecutionException, InterruptedException, TimeoutException {
        serve(Reserved.CONSOLE, ports.console(), ConsoleDriver::new);
        serve(Reserved.BLOCK, ports.disk(), BlockDriver::new);
        register("sys:console", Reserved.CONSOLE);
        register("sys:block", Reserved.BLOCK);
        if (ports.host().isPresent()) {
            serve(Reserved.HOST, ports.host().get(), HostDriver::new);
            register("sys:host", Reserved.HOST);
        }
        serve(Reserved.NETWORK_CARD, ports.card(), CardDriver::new);
        serve(Reserved.CLOCK, ports.clock(), ClockDriver::new);
        serve(Reserved.ENTROPY, ports.entropy(), EntropyDriver::new);
        register("sys:nic", Reserved.NETWORK_CARD);
        register("sys:clock", Reserved.CLOCK);
        register("sys:entropy", Reserved.ENTROPY);
    }

    private void files() throws ExecutionException, InterruptedException, TimeoutException {
        own("file", Reserved.FILE_FRONT, Reserved.FILE_SLICES, Reserved::fileOwner, this::fileOwner);
        boolean host = ports.host().isPresent();
        long millisAtZero = millisAtZero();
        serve(
                Reserved.FILE_FRONT,
                NO_DEVICE,
                () -> new FileFront(self, ports.node()::leased, host, ports.version(), millisAtZero));
        register("sys:fs", Reserved.FILE_FRONT);
        within(init.run(untilAnswered(fos -> Greeting.write(fos, self.node(), ports.version()))));
    }

    private OwnerLife fileOwner(int slice) {
        FileOwner owner = new FileOwner(slice, self, ports.files(), millisAtZero());
        return new OwnerLife(owner, slice, self, Reserved.fileOwner(slice), Reserved.FILE_FRONT);
    }

    /** What time it was when the node's monotonic clock was at zero. */
    private long millisAtZero() {
        return System.currentTimeMillis() - ports.node().nanos() / 1_000_000;
    }

    private void placement() throws ExecutionException, InterruptedException, TimeoutException {
        TreeMap<TileId, String> given = new TreeMap<>();
        given.put(initTile, "init");
        List<ElasticFleet> elastic = List.of(
                new ElasticFleet(Reserved.NETWORK, NETWORK, ports.mostServers()),
                new ElasticFleet(Reserved.MEMORY, MEMORY, ports.mostServers()));
        serve(Reserved.PLACEMENT, NO_DEVICE, () -> new PlacementServer(self, grid, ports.programs(), given, elastic));
        register("sys:placement", Reserved.PLACEMENT);
    }

    private void network() throws ExecutionException, InterruptedException, TimeoutException {
        serve(Reserved.NETWORK, NO_DEVICE, () -> new NetworkServer(self, grid));
        register(NETWORK, Reserved.NETWORK);
        Address card = Reserved.NETWORK_CARD.address(self, grid);
        ports.room()
                .offer(
                        NETWORK,
                        new MachineRoom.Offer(
                                Reserved.NETWORK.domain(),
                                further -> new NetworkServer(self, further, card),
                                NO_DEVICE));
        Address server = Reserved.NETWORK.address(self, grid);
        within(init.run(untilAnswered(fos -> {
            if (fos.call(server, new NetworkProtocol.OpenLine(false)) instanceof NetworkProtocol.Refused(var error)) {
                throw new FosException(error, "network: " + error.sentence());
            }
            return true;
        })));
    }

    /** For whoever asks what started when. */
    private void report() throws ExecutionException, InterruptedException, TimeoutException {
        Address placement = Reserved.PLACEMENT.address(self, grid);
        within(init.run(untilAnswered(fos -> fos.call(placement, new NoteBoot(steps)))));
    }

    /** Fronts and drivers answer without asking the lease: what must not outlive it, they look at themselves. */
    private void serve(Reserved place, Device device, Supplier<? extends Server> cores)
            throws ExecutionException, InterruptedException, TimeoutException {
        within(ports.room()
                .serve(place, place.domain(), cores, device, () -> true)
                .toCompletableFuture());
    }

    /** The system's namespace, before anybody could take a name in it (§3.4); names serve when this returns. */
    private void claim() throws ExecutionException, InterruptedException, TimeoutException {
        askNames(SYSTEM_NAMES, new NameProtocol.ClaimNamespace(SYSTEM_NAMES));
    }

    /** Adds this node's server to the set that programs know it by. */
    private void register(String name, Reserved place)
            throws ExecutionException, InterruptedException, TimeoutException {
        askNames(name, new NameProtocol.RegisterName(place.address(self, grid), name, NameProtocol.Flags.FLEET));
    }

    private void askNames(String what, NameProtocol.Request<?> request)
            throws ExecutionException, InterruptedException, TimeoutException {
        Address front = Reserved.NAME_FRONT.address(self, grid);
        within(init.run(untilAnswered(fos -> {
            if (fos.call(front, request) instanceof NameProtocol.Refused(NameError error)) {
                throw new FosException(error, what + ": " + error.sentence());
            }
            return true;
        })));
    }

    /** A fleet that starts may be silent, or busy, for longer than a call's patience; each task here may be done twice. */
    private <T> Init.Task<T> untilAnswered(Init.Task<T> task) {
        long deadline = ports.node().nanos() + TimeUnit.SECONDS.toNanos(STEP_SECONDS);
        return fos -> {
            while (true) {
                try {
                    return task.run(fos);
                } catch (FosException e) {
                    boolean again = e.error() == CallError.TIMED_OUT
                            || e.error() == NameError.BUSY
                            || e.error() == PrivilegeError.BUSY
                            || e.error() == NetworkError.BUSY
                            || e.error() == SendResult.QUEUE_FULL;
                    if (!again || fos.nanoTime() - deadline >= 0) {
                        throw e;
                    }
                }
            }
        };
    }

    private static <T> T within(CompletableFuture<T> done)
            throws ExecutionException, InterruptedException, TimeoutException {
        return done.get(STEP_SECONDS, TimeUnit.SECONDS);
    }

    private Stream console() {
        return new Stream.Console(Reserved.CONSOLE.address(self, grid));
    }

    static ProcessSpec spec(String program, List<String> arguments, Stream console) {
        TreeMap<String, String> environment = new TreeMap<>();
        environment.put("HOME", "/home");
        return new ProcessSpec(program, arguments, "/", environment, console, console, console, Tracing.NONE);
    }
}
