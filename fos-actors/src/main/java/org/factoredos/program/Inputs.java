package org.factoredos.program;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.factoredos.file.FileProtocol;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.lib.Fos;

/** What filters read: each file that they are given, or standard input. */
final class Inputs {
    /** What is done with one input; {@code name} is the operand as it was given. */
    @FunctionalInterface
    interface Filter {
        void read(String name, InputStream in) throws IOException;
    }

    /** One message's worth: a larger buffer would be split, a smaller one costs more messages. */
    static final int BUFFER_BYTES = FileProtocol.LARGEST_TRANSFER_BYTES;

    static final String STANDARD_INPUT = "-";

    private Inputs() {}

    /** Runs {@code filter} over each operand; over standard input where there is none, and for the operand "-". */
    static void each(Fos fos, List<String> operands, Failures failures, Filter filter) throws IOException {
        List<String> names = operands.isEmpty() ? List.of(STANDARD_INPUT) : operands;
        for (String name : names) {
            failures.attempt(() -> read(fos, name, filter));
        }
    }

    private static void read(Fos fos, String name, Filter filter) throws IOException {
        if (name.equals(STANDARD_INPUT)) {
            filter.read(name, fos.in());
            return;
        }
        try (InputStream in = fos.open(name, OpenMode.EXISTING).input()) {
            filter.read(name, in);
        }
    }

    /** Copies to the end, each piece as it comes, so that a pipe's reader sees it at once. */
    static void copy(InputStream in, OutputStream out) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            out.write(buffer, 0, count);
        }
    }
}
