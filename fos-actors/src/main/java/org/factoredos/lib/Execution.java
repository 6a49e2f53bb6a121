package org.factoredos.lib;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.PageFault;
import org.factoredos.placement.PlacementProtocol.Rank;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;
import org.jspecify.annotations.Nullable;

/** Runs a program to its end, in the thread that calls: what a C library does around {@code main}. */
public final class Execution {
    /** The exit status of a process that was killed: 128 and the number of SIGKILL, as in any shell. */
    public static final int KILLED = 137;

    /** An access to memory that is not mapped: 128 and the number of SIGSEGV. */
    public static final int FAULTED = 139;

    private static final int FAILED = 1;
    private static final int BAD_USAGE = 2;
    /** An exception that the program should have caught: EX_SOFTWARE of sysexits.h. */
    private static final int CRASHED = 70;
    /** Writing to a pipe that nobody reads ends a program without a word, as SIGPIPE (13) does. */
    private static final int BROKEN_PIPE = 141;

    /** Room for the writes that a few writers may have outstanding, and for their ends. */
    private static final int PIPE_MESSAGES = 256;

    private static final long PIPE_BYTES = 16L << 20;

    /** What a few hundred others may send at once. */
    private static final int RANK_MESSAGES = 1024;

    private static final long RANK_BYTES = 16L << 20;

    private Execution() {}

    /** Makes the mailbox that a process starts with: its pipe, where its input is one, and else one that takes nothing. */
    public static void prepare(Client client, ProcessSpec spec) {
        prepare(client, spec, null);
    }

    /** Likewise, for one of several clients of a process: with the mailbox that the others know it by. */
    public static void prepare(Client client, ProcessSpec spec, @Nullable Rank rank) {
        client.interrupts().takeSignals();
        if (spec.in() instanceof Stream.FromPipe) {
            client.createMailbox(PIPE_MESSAGES, PIPE_BYTES);
        } else {
            client.createMailbox(1, 1);
        }
        if (rank != null) {
            client.createMailbox(RANK_MESSAGES, RANK_BYTES);
        }
    }

    /** Runs {@code program} on a client that {@link #prepare} made ready; returns its exit status. */
    public static int run(Program program, Client client, ProcessSpec spec) {
        return run(program, client, spec, null);
    }

    /** Likewise, one of several clients of a process, which all begin when all are there. */
    public static int run(Program program, Client client, ProcessSpec spec, @Nullable Rank rank) {
        LibFos fos = new LibFos(client, spec, rank);
        try {
            if (rank != null) {
                fos.awaitRanks();
            }
            int status = statusOf(program, fos, spec.arguments());
            fos.finish();
            return status;
        } catch (ProcessKilled e) {
            return e.status();
        } catch (IOException e) {
            return complain(fos, e);
        } finally {
            fos.streams().abandon();
        }
    }

    private static int statusOf(Program program, LibFos fos, List<String> arguments) throws IOException {
        try {
            return program.run(fos, arguments);
        } catch (UsageException e) {
            return complain(fos, String.valueOf(e.getMessage()), BAD_USAGE);
        } catch (UncheckedIOException e) {
            IOException cause = e.getCause();
            return complain(fos, cause == null ? new IOException(e) : cause);
        } catch (IOException e) {
            return complain(fos, e);
        } catch (ProcessKilled e) {
            throw e;
        } catch (PageFault e) {
            return complain(fos, String.valueOf(e.getMessage()), FAULTED);
        } catch (RuntimeException | Error e) {
            return complain(fos, "crashed: " + e, CRASHED);
        }
    }

    private static int complain(LibFos fos, IOException e) {
        if (e instanceof FosException failure && failure.error() == CallError.BROKEN_PIPE) {
            return BROKEN_PIPE;
        }
        return complain(fos, String.valueOf(e.getMessage()), FAILED);
    }

    private static int complain(LibFos fos, String sentence, int status) {
        String line = fos.program() + ": " + sentence.replace('\n', ' ') + "\n";
        try {
            fos.streams().flush();
        } catch (UncheckedIOException e) {
            // Standard output is what failed; standard error may still lead somewhere.
        }
        try {
            fos.err().write(line.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // Nobody reads it; the status tells as much as can be told.
        }
        return status;
    }
}
