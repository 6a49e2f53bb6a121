package org.factoredos.program;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.kernel.Bytes;
import org.factoredos.lib.FosException;
import org.factoredos.lib.Network.Connection;
import org.factoredos.lib.OpenFile;
import org.factoredos.program.HttpFiles.Found;
import org.jspecify.annotations.Nullable;

/** One connection to {@link Httpd}: requests are answered one after the other, none of them blocks for the peer's sake. */
final class HttpExchange {
    /** Less is not worth a question to the file fleet. */
    private static final int LEAST_ROOM = 64 * 1024;

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    private final Connection connection;
    private final HttpFiles files;
    private byte[] head = new byte[2048];
    private int headLength;
    private byte[] out = new byte[0];
    private int outSent;
    /** What follows {@code out}. */
    private @Nullable OpenFile body;

    private long position;
    private long bodyEnd;
    private boolean lastAnswer;
    private boolean peerEnded;
    private long usedNanos;

    HttpExchange(Connection connection, HttpFiles files, long nanos) {
        this.connection = connection;
        this.files = files;
        this.usedNanos = nanos;
    }

    Connection connection() {
        return connection;
    }

    /** When it has last done anything. */
    long usedNanos() {
        return usedNanos;
    }

    enum Progress {
        /** The peer's turn. */
        WAITING,
        /** It would go on at once, but others wait. */
        MORE,
        OVER
    }

    /** Goes on as far as it can, but for no more than one answer, or one piece of a large one. */
    Progress advance(long nanos) throws IOException {
        usedNanos = nanos;
        if (!sent()) {
            return body != null && outSent == out.length && connection.room() >= LEAST_ROOM
                    ? Progress.MORE
                    : Progress.WAITING;
        }
        if (lastAnswer) {
            return Progress.OVER;
        }
        fill();
        int end = HttpRequest.endOfHead(head, headLength);
        if (end < 0) {
            if (headLength >= HttpRequest.MOST_HEAD_BYTES) {
                fail(431, "the head is too long", true);
                return Progress.MORE;
            }
            return peerEnded ? Progress.OVER : Progress.WAITING;
        }
        answer(end);
        System.arraycopy(head, end, head, 0, headLength - end);
        headLength -= end;
        return Progress.MORE;
    }

    private void fill() throws IOException {
        while (headLength < HttpRequest.MOST_HEAD_BYTES && !peerEnded) {
            if (headLength == head.length) {
                head = Arrays.copyOf(head, Math.min(2 * head.length, HttpRequest.MOST_HEAD_BYTES));
            }
            int count = connection.read(head, headLength, head.length - headLength);
            peerEnded = count < 0;
            if (count <= 0) {
                return;
            }
            headLength += count;
        }
    }

    /** Whether all that was to be said has been taken. */
    private boolean sent() throws IOException {
        if (outSent == out.length && body != null) {
            nextPiece();
        }
        outSent += connection.write(out, outSent, out.length - outSent);
        return outSent == out.length && body == null;
    }

    private void nextPiece() throws IOException {
        OpenFile from = body;
        if (from == null || connection.room() < LEAST_ROOM) {
            return;
        }
        int most = (int) Math.min(connection.room(), bodyEnd - position);
        byte[] piece = new byte[most];
        int count = from.read(position, piece, 0, most);
        if (count < most) {
            throw new IOException(
                    "a file was cut while it was sent"); // Its length was promised: only breaking off says so.
        }
        out = piece;
        outSent = 0;
        position += most;
        if (position == bodyEnd) {
            from.close();
            body = null;
        }
    }

    private void answer(int end) throws IOException {
        HttpRequest request;
        String path;
        try {
            request = HttpRequest.parse(head, end);
            path = request.path();
        } catch (HttpRequest.Bad e) {
            fail(e.status(), String.valueOf(e.getMessage()), true);
            return;
        }
        lastAnswer = !request.keepsAlive() || request.hasBody();
        boolean headOnly = request.method().equals("HEAD");
        if (!headOnly && !request.method().equals("GET")) {
            lastAnswer = true;
            say(
                    405,
                    "text/plain; charset=utf-8",
                    text("only GET and HEAD are served"),
                    "Allow: GET, HEAD\r\n",
                    headOnly);
            return;
        }
        try {
            found(request, files.find(path), headOnly);
        } catch (FosException e) {
            if (e.error() == FileError.EACCES) {
                fail(403, "that may not be read", headOnly);
            } else if (e.error() == FileError.ENAMETOOLONG || e.error() == FileError.EINVAL) {
                fail(404, "there is no such file", headOnly);
            } else {
                fail(503, "the files cannot be read now", headOnly);
            }
        } catch (IOException e) {
            fail(503, "the file cannot be read now", headOnly);
        }
    }

    private void found(HttpRequest request, Found found, boolean headOnly) throws IOException {
        switch (found) {
            case Found.NoFile(String why) -> fail(403, why, headOnly);
            // Nothing that could be asked about later, or in parts: it is another text the next time.
            case Found.Made(Bytes bytes, String type) -> say(200, type, bytes, "Cache-Control: no-store\r\n", headOnly);
            case Found.Missing missing -> fail(404, "there is no such file", headOnly);
            case Found.Elsewhere(String path) ->
                say(
                        301,
                        "text/plain; charset=utf-8",
                        text("it is a directory"),
                        "Location: " + HttpFiles.encoded(path) + "\r\n",
                        headOnly);
            case Found.Page(Bytes bytes) -> say(200, "text/html; charset=utf-8", bytes, "", headOnly);
            case Found.InMemory(Status status, Bytes bytes, String type) -> {
                if (unchanged(request, status)) {
                    begin(304, type, -1, changed(status));
                    return;
                }
                long[] range = range(request, bytes.length());
                if (range == null) {
                    say(200, type, bytes, changed(status), headOnly);
                } else if (range[0] >= bytes.length()) {
                    unsatisfiable(bytes.length(), headOnly);
                } else {
                    Bytes part = bytes.slice((int) range[0], (int) (range[1] - range[0]) + 1);
                    say(206, type, part, changed(status) + contentRange(range, bytes.length()), headOnly);
                }
            }
            case Found.Large(Status status, OpenFile file, String type) -> {
                long size = status.sizeBytes();
                long[] range = range(request, size);
                boolean same = unchanged(request, status);
                if (same) {
                    begin(304, type, -1, changed(status));
                } else if (range != null && range[0] >= size) {
                    unsatisfiable(size, headOnly);
                } else {
                    position = range == null ? 0 : range[0];
                    bodyEnd = range == null ? size : range[1] + 1;
                    String more = changed(status) + (range == null ? "" : contentRange(range, size));
                    begin(range == null ? 200 : 206, type, bodyEnd - position, more);
                    if (!headOnly) {
                        body = file;
                        return;
                    }
                }
                file.close();
            }
        }
    }

    private static String changed(Status status) {
        return "Last-Modified: " + DATE.format(Instant.ofEpochMilli(status.modifiedMillis()))
                + "\r\nAccept-Ranges: bytes\r\n";
    }

    private static boolean unchanged(HttpRequest request, Status status) {
        return request.field("if-modified-since")
                .filter(since -> since.equals(DATE.format(Instant.ofEpochMilli(status.modifiedMillis()))))
                .isPresent();
    }

    /** First and last byte; null where all are wanted, or that is not understood (RFC 9110, §14.2: then it is ignored). */
    private static long @Nullable [] range(HttpRequest request, long size) {
        Optional<String> wanted = request.field("range");
        if (wanted.isEmpty() || request.field("if-range").isPresent()) {
            return null;
        }
        var range = RANGE.matcher(wanted.get());
        if (!range.matches() || (range.group(1).isEmpty() && range.group(2).isEmpty())) {
            return null;
        }
        if (range.group(1).isEmpty()) {
            long last = Long.parseLong(range.group(2));
            return new long[] {last == 0 ? size : Math.max(0, size - last), size - 1};
        }
        long first = Long.parseLong(range.group(1));
        long last = range.group(2).isEmpty() ? size - 1 : Long.parseLong(range.group(2));
        return last < first && !range.group(2).isEmpty() ? null : new long[] {first, Math.min(last, size - 1)};
    }

    private static String contentRange(long[] range, long size) {
        return "Content-Range: bytes " + range[0] + "-" + range[1] + "/" + size + "\r\n";
    }

    private void unsatisfiable(long size, boolean headOnly) {
        say(
                416,
                "text/plain; charset=utf-8",
                text("the file has no such bytes"),
                "Content-Range: bytes */" + size + "\r\n",
                headOnly);
    }

    private void fail(int status, String why, boolean headOnly) {
        boolean bad = status == 400 || status == 431 || status == 505;
        lastAnswer |= bad;
        say(status, "text/plain; charset=utf-8", text(why), "", headOnly && !bad);
    }

    private static Bytes text(String line) {
        return Bytes.utf8(line + "\n");
    }

    private void say(int status, String type, Bytes bytes, String more, boolean headOnly) {
        begin(status, type, bytes.length(), more);
        if (!headOnly) {
            int length = out.length;
            out = Arrays.copyOf(out, length + bytes.length());
            bytes.copyTo(0, out, length, bytes.length());
        }
    }

    private void begin(int status, String type, long length, String more) {
        String said = "HTTP/1.1 " + status + " " + reason(status) + "\r\nServer: fos\r\n"
                + (length < 0 ? "" : "Content-Type: " + type + "\r\nContent-Length: " + length + "\r\n")
                + more
                + "Connection: " + (lastAnswer ? "close" : "keep-alive") + "\r\n\r\n";
        out = said.getBytes(StandardCharsets.ISO_8859_1);
        outSent = 0;
    }

    private static String reason(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 206 -> "Partial Content";
            case 301 -> "Moved Permanently";
            case 304 -> "Not Modified";
            case 400 -> "Bad Request";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 416 -> "Range Not Satisfiable";
            case 431 -> "Request Header Fields Too Large";
            case 505 -> "HTTP Version Not Supported";
            default -> "Service Unavailable";
        };
    }

    void close() {
        try {
            if (body != null) {
                body.close();
            }
        } catch (IOException e) {
            // A file that was read has nothing to lose.
        }
        connection.close();
    }
}
