package org.factoredos.faults;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network of its own, as Linux has them: a grid in it takes its fixed ports from nobody.
 *
 * <p>Processes are started in it by {@code ip netns exec}. A thread of this JVM may go in by itself, and what sockets it makes
 * there stay there: so clients of the grid need no JVM of their own, and all moments are of one clock.
 */
final class NetworkSpace implements AutoCloseable {
    private static final String IP = "ip";
    private static final int NETWORK = 0x40000000; // CLONE_NEWNET
    private static final AtomicInteger LAST = new AtomicInteger();

    private final String name;

    private NetworkSpace(String name) {
        this.name = name;
    }

    /** Skips the test where there are no network namespaces. */
    static void assumeAllowed() {
        boolean root = "root".equals(System.getProperty("user.name"));
        boolean tool = Optional.ofNullable(System.getenv("PATH")).stream()
                .flatMap(path -> List.of(path.split(":", -1)).stream())
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, IP)));
        assumeTrue(root && tool, "needs network namespaces: Linux, root, and ip of the package iproute2");
    }

    static NetworkSpace create() throws IOException {
        NetworkSpace space = new NetworkSpace("fos-" + ProcessHandle.current().pid() + "-" + LAST.incrementAndGet());
        command(List.of(IP, "netns", "add", space.name));
        space.ip("link", "set", "lo", "up");
        return space;
    }

    String name() {
        return name;
    }

    /** Runs {@code ip} on what is in it. */
    void ip(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(IP, "-n", name));
        command.addAll(List.of(arguments));
        command(command);
    }

    /** Prepares a process in it, whose output goes to {@code output}. */
    ProcessBuilder process(List<String> command, Map<String, String> environment, Path output) throws IOException {
        List<String> inside = new ArrayList<>(List.of(IP, "netns", "exec", name));
        inside.addAll(command);
        Files.createDirectories(output.toAbsolutePath().getParent());
        ProcessBuilder builder =
                new ProcessBuilder(inside).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        return builder;
    }

    /** Does {@code work} in a thread that is in it. */
    <T> T inside(Callable<T> work) throws Exception {
        CompletableFuture<T> done = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("in-" + name).start(() -> {
            try {
                enter();
                done.complete(work.call());
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        try {
            return done.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    /** Moves the calling thread in, for good. */
    @SuppressWarnings("restricted") // setns is in no library of Java's.
    private void enter() throws Throwable {
        Linker linker = Linker.nativeLinker();
        MethodHandle open = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("open"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                Linker.Option.firstVariadicArg(2));
        MethodHandle setns = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("setns"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        MethodHandle close = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("close"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom("/run/netns/" + name, StandardCharsets.UTF_8);
            int file = (int) open.invokeExact(path, 0);
            int entered = (int) setns.invokeExact(file, NETWORK);
            int _ = (int) close.invokeExact(file);
            if (entered != 0) {
                throw new IOException("no way into the network namespace " + name);
            }
        }
    }

    private List<ProcessHandle> processes() throws IOException {
        return command(List.of(IP, "netns", "pids", name))
                .lines()
                .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid.strip())).stream())
                .toList();
    }

    /** Kills what still runs in it. */
    @Override
    public void close() throws IOException {
        // One that is killed may just have started another.
        for (List<ProcessHandle> left = processes(); !left.isEmpty(); left = processes()) {
            for (ProcessHandle process : left) {
                process.destroyForcibly();
                process.onExit().join();
            }
        }
        command(List.of(IP, "netns", "delete", name));
    }

    private static String command(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + said.strip());
        }
        return said;
    }
}
