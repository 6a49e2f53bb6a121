package org.factoredos.program;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.factoredos.lib.Fos;

/** Text on the standard streams, as UTF-8. */
public final class Text {
    private Text() {}

    public static void print(Fos fos, String text) throws IOException {
        fos.out().write(text.getBytes(StandardCharsets.UTF_8));
    }

    public static void printLine(Fos fos, String line) throws IOException {
        print(fos, line + "\n");
    }

    /** One line in one write, so that lines of several processes do not mix; printed output goes before it. */
    public static void complain(Fos fos, String line) throws IOException {
        fos.out().flush();
        writeLine(fos.err(), fos.program() + ": " + line);
    }

    /** Somebody else's text in a line of ours: it ends no line, and moves no cursor. */
    static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    /** A failure's one line. */
    public static String of(Exception failure) {
        String message = failure.getMessage();
        return message == null ? failure.toString() : message;
    }

    public static void writeLine(OutputStream to, String line) throws IOException {
        to.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        to.flush();
    }
}
