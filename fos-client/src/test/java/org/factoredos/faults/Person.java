package org.factoredos.faults;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Somebody in a shell of their own, who types a line and looks at what it prints before they type the next. */
final class Person implements AutoCloseable {
    private final Door door;
    private final Screen screen = new Screen();
    private final Door.Typist typist;
    private int lines;

    /** @param door theirs alone, and closed with them */
    Person(Door door) throws IOException {
        this.door = door;
        this.typist = door.shell(screen);
    }

    /** What a terminal has shown since the last look. */
    private static final class Screen extends OutputStream {
        private final ByteArrayOutputStream shown = new ByteArrayOutputStream();

        @Override
        public void write(int one) {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public synchronized void write(byte[] bytes, int from, int count) {
            shown.write(bytes, from, count);
            notifyAll();
        }

        /** All up to {@code mark}; null where that has not come by then. */
        synchronized @Nullable String upTo(String mark, Duration patience) throws InterruptedException {
            long last = System.nanoTime() + patience.toNanos();
            while (true) {
                String text = shown.toString(StandardCharsets.UTF_8);
                int end = text.indexOf(mark);
                if (end >= 0) {
                    shown.reset();
                    return text.substring(0, end);
                }
                long left = (last - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return null;
                }
                wait(left);
            }
        }

        synchronized String all() {
            return shown.toString(StandardCharsets.UTF_8);
        }
    }

    /** Types it, and returns what came of it: no line but this is on the screen then. */
    String says(String line, Duration patience) throws IOException, InterruptedException {
        int number = ++lines;
        // What is typed is shown too, so the mark must look otherwise there.
        typist.type(line + "; echo '<'" + number + "'>'");
        String shown = screen.upTo("<" + number + ">", patience);
        if (shown == null) {
            throw new IOException(line + ": nothing for " + patience.toSeconds() + " s but: " + screen.all());
        }
        return shown;
    }

    /** Types it, and does not wait. */
    void types(String line) throws IOException {
        typist.type(line);
    }

    /** All that is shown and has not been looked at. */
    String screen() {
        return screen.all();
    }

    @Override
    public void close() {
        typist.close();
        door.close();
    }
}
