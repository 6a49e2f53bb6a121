package org.factoredos.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** The built product at a pseudo terminal, which {@code script} of util-linux makes; and a person who types and reads. */
final class PseudoTerminal implements AutoCloseable {
    static final String CTRL_C = "\u0003";
    static final String CTRL_D = "\u0004";
    static final String UP = "\u001bOA";

    /** A start on a machine that is busy with other builds. */
    private static final long PATIENCE_SECONDS = 90;

    /** What moves the cursor or colours; and the mark behind output that ends in mid-line, which the prompt overwrites. */
    private static final Pattern CONTROLS =
            Pattern.compile("~\u001b\\[0m {90,}\r \r|\u001b\\[[0-9;?$]*[a-zA-Z]|\u001b[=>]|\u0007|\r");

    private final Process script;
    private final Thread eyes;
    private final StringBuilder screen = new StringBuilder(); // Under its own lock.
    private boolean ended; // Likewise.
    private int read; // For the person alone.

    /** Starts {@code fos} on the data in {@code home}. */
    PseudoTerminal(Path home, String... arguments) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        // Whoever runs the tests may ignore hang-ups, and a process inherits that.
        String command = "stty columns 100 rows 30 && exec env --default-signal=HUP '" + java
                + "' --sun-misc-unsafe-memory-access=allow"
                + " --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
                + " -jar target/fos-client.jar " + String.join(" ", arguments);
        ProcessBuilder builder = new ProcessBuilder("script", "-q", "-e", "-f", "-c", command, "/dev/null");
        builder.environment().put("HOME", home.toString());
        builder.environment().put("TERM", "xterm");
        script = builder.redirectErrorStream(true).start();
        eyes = Thread.ofPlatform().daemon().name("eyes").start(this::watch);
    }

    private void watch() {
        try (Reader in = script.inputReader(UTF_8)) {
            char[] some = new char[4096];
            for (int count = in.read(some); count >= 0; count = in.read(some)) {
                append(new String(some, 0, count));
            }
        } catch (IOException e) {
            append(e.toString());
        }
        synchronized (screen) {
            ended = true;
            screen.notifyAll();
        }
    }

    private void append(String text) {
        synchronized (screen) {
            screen.append(text);
            screen.notifyAll();
        }
    }

    void type(String keys) throws IOException {
        script.getOutputStream().write(keys.getBytes(UTF_8));
        script.getOutputStream().flush();
    }

    /** Types a line and waits for what it prints. */
    void run(String line, String prints) throws IOException, InterruptedException {
        type(line + "\r");
        await(prints);
        awaitPrompt();
    }

    void awaitPrompt() throws InterruptedException {
        await("fos:/$ ");
    }

    /** Waits until {@code text} is shown behind all that was waited for before. */
    void await(String text) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        synchronized (screen) {
            while (true) {
                String shown = shown();
                int at = shown.indexOf(text, read);
                if (at >= 0) {
                    read = at + text.length();
                    return;
                }
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (ended || left <= 0) {
                    throw new AssertionError(
                            "no '" + text + "' behind:\n" + shown.substring(0, Math.min(read, shown.length()))
                                    + "\n--- but:\n" + shown.substring(Math.min(read, shown.length())));
                }
                screen.wait(left);
            }
        }
    }

    /** All the text that was shown so far. */
    private String shown() {
        return CONTROLS.matcher(screen).replaceAll("");
    }

    /** The process at the terminal. */
    ProcessHandle process() {
        List<ProcessHandle> children = script.children().toList();
        if (children.size() != 1) {
            throw new AssertionError("one child is expected: " + children);
        }
        return children.getFirst();
    }

    /** Takes the terminal away, as a window that is closed does. */
    void disconnect() {
        script.destroyForcibly();
    }

    /** Waits for its end; its exit status. */
    int exit() throws InterruptedException {
        if (!script.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("it does not end: " + shown());
        }
        eyes.join();
        return script.exitValue();
    }

    @Override
    public void close() {
        script.descendants().forEach(ProcessHandle::destroyForcibly);
        script.destroyForcibly();
    }
}
