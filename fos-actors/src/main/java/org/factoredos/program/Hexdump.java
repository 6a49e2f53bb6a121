package org.factoredos.program;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import org.factoredos.lib.Fos;

/** {@code hexdump}: bytes as numbers, 16 a line; equal lines that follow each other become one {@code *}. */
final class Hexdump {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.TEXT,
                    "hexdump",
                    "[-C] [FILE...]",
                    "shows bytes as hexadecimal numbers, two at a time (-C: one at a time, with their text)",
                    "hexdump -C /etc/motd"),
            (fos, arguments) -> new Hexdump(fos, arguments).run());

    private static final int LINE_BYTES = 16;

    private final Fos fos;
    private final Options options;
    private final byte[] line = new byte[LINE_BYTES];
    private byte[] before = {};
    private boolean starred;
    private int filled;
    private long offset;

    private Hexdump(Fos fos, List<String> arguments) {
        this.fos = fos;
        this.options = Options.of(COMMAND.usage(), "C", arguments);
    }

    /** All inputs as if they were one, as everywhere. */
    private int run() throws IOException {
        Failures failures = new Failures(fos);
        Inputs.each(fos, options.operands(), failures, (name, in) -> dump(in));
        if (filled > 0) {
            print();
        }
        if (offset > 0) {
            Text.printLine(fos, offset());
        }
        return failures.status();
    }

    private void dump(InputStream in) throws IOException {
        byte[] buffer = new byte[Inputs.BUFFER_BYTES];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            for (int i = 0; i < count; i++) {
                line[filled++] = buffer[i];
                if (filled == LINE_BYTES) {
                    print();
                }
            }
        }
    }

    private void print() throws IOException {
        byte[] bytes = Arrays.copyOf(line, filled);
        if (!Arrays.equals(bytes, before)) {
            Text.printLine(fos, offset() + (options.has('C') ? canonical(bytes) : words(bytes)));
            starred = false;
        } else if (!starred) {
            Text.printLine(fos, "*");
            starred = true;
        }
        before = bytes;
        offset += filled;
        filled = 0;
    }

    private String offset() {
        return String.format(options.has('C') ? "%08x" : "%07x", offset);
    }

    /** Little-endian pairs, as hexdump has shown them ever since the PDP-11. */
    private static String words(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < bytes.length; i += 2) {
            int high = i + 1 < bytes.length ? bytes[i + 1] & 0xFF : 0;
            text.append(String.format(" %04x", (high << 8) | (bytes[i] & 0xFF)));
        }
        return text.toString();
    }

    private static String canonical(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        StringBuilder characters = new StringBuilder();
        for (int i = 0; i < LINE_BYTES; i++) {
            text.append(i % 8 == 0 ? "  " : " ");
            text.append(i < bytes.length ? String.format("%02x", bytes[i]) : "  ");
            if (i < bytes.length) {
                characters.append(bytes[i] >= ' ' && bytes[i] <= '~' ? (char) bytes[i] : '.');
            }
        }
        return text + "  |" + characters + "|";
    }
}
