package org.factoredos.program;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.kernel.Bytes;
import org.factoredos.lib.Fos;
import org.factoredos.lib.OpenFile;

/**
 * What a tree of files is to the web. Small files that were asked for lately are kept; whether one has changed is looked up
 * at most twice a second.
 */
final class HttpFiles {
    static final int SMALL_BYTES = 64 * 1024;
    /** Of a file that has no size, such as those of /proc: it is read whole, so that its length can be said. */
    static final int MOST_MADE_BYTES = 1 << 20;
    /** A file that is cut each time while it is read cannot be read now. */
    private static final int MOST_TRIES = 3;

    private static final int MOST_KEPT_BYTES = 8 << 20;
    private static final long FRESH_NANOS = Duration.ofMillis(500).toNanos();
    private static final String UNKNOWN_TYPE = "application/octet-stream";
    private static final Map<String, String> TYPES = new TreeMap<>(Map.ofEntries(
            Map.entry("css", "text/css; charset=utf-8"),
            Map.entry("csv", "text/csv; charset=utf-8"),
            Map.entry("gif", "image/gif"),
            Map.entry("gz", "application/gzip"),
            Map.entry("html", "text/html; charset=utf-8"),
            Map.entry("htm", "text/html; charset=utf-8"),
            Map.entry("ico", "image/vnd.microsoft.icon"),
            Map.entry("jpeg", "image/jpeg"),
            Map.entry("jpg", "image/jpeg"),
            Map.entry("js", "text/javascript; charset=utf-8"),
            Map.entry("json", "application/json"),
            Map.entry("md", "text/markdown; charset=utf-8"),
            Map.entry("mp4", "video/mp4"),
            Map.entry("pdf", "application/pdf"),
            Map.entry("png", "image/png"),
            Map.entry("svg", "image/svg+xml"),
            Map.entry("txt", "text/plain; charset=utf-8"),
            Map.entry("wasm", "application/wasm"),
            Map.entry("webp", "image/webp"),
            Map.entry("woff2", "font/woff2"),
            Map.entry("xml", "application/xml"),
            Map.entry("zip", "application/zip")));

    private final Fos fos;
    private final String root;
    /** The longest unused first. */
    private final LinkedHashMap<String, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);

    private long keptBytes;

    private record Kept(Status status, Bytes bytes, long lookedNanos) {}

    HttpFiles(Fos fos, String root) {
        this.fos = fos;
        this.root = fos.absolute(root);
    }

    String root() {
        return root;
    }

    /** What there is to send. */
    sealed interface Found {
        /** {@code status}: when it was changed, and its size. */
        record InMemory(Status status, Bytes bytes, String type) implements Found {}

        record Large(Status status, OpenFile file, String type) implements Found {}

        /** A text that was made as it was read, and is another one each time. */
        record Made(Bytes bytes, String type) implements Found {}

        /** What cannot be sent whole: {@code why}. */
        record NoFile(String why) implements Found {}

        /** A directory's own page. */
        record Page(Bytes bytes) implements Found {}

        /** A directory that was asked for without its slash. */
        record Elsewhere(String path) implements Found {}

        record Missing() implements Found {}
    }

    /** @throws IOException where the file fleet refuses or fails */
    Found find(String path) throws IOException {
        Kept known = kept.get(path);
        if (known != null && fos.nanoTime() - known.lookedNanos() < FRESH_NANOS) {
            return new Found.InMemory(known.status(), known.bytes(), type(path));
        }
        String file = root.equals("/") ? path : root + path;
        Optional<Status> found = fos.find(stripped(file));
        if (found.isEmpty() || (file.endsWith("/") && found.get().kind() != Kind.DIRECTORY)) {
            forget(path);
            return new Found.Missing();
        }
        Status status = found.get();
        if (status.kind() == Kind.DIRECTORY) {
            return path.endsWith("/") ? directory(path, stripped(file)) : new Found.Elsewhere(path + "/");
        }
        if (known != null && known.status().equals(status)) {
            kept.put(path, new Kept(status, known.bytes(), fos.nanoTime()));
            return new Found.InMemory(status, known.bytes(), type(path));
        }
        if (status.kind() != Kind.FILE) {
            forget(path);
            return new Found.NoFile("that is a device: it has no end, or nothing to read");
        }
        return read(path, file, status);
    }

    private Found read(String path, String file, Status first) throws IOException {
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            OpenFile opened = fos.open(file, OpenMode.EXISTING);
            boolean sent = false;
            try {
                Status status = tries == 0 ? first : opened.status();
                if (status.sizeBytes() > SMALL_BYTES) {
                    sent = true;
                    return new Found.Large(status, opened, type(path));
                }
                Optional<Found> found = status.sizeBytes() == 0 ? made(path, opened) : Optional.empty();
                if (found.isPresent()) {
                    return found.get();
                }
                byte[] bytes = new byte[(int) status.sizeBytes()];
                if (opened.read(0, bytes, 0, bytes.length) == bytes.length || bytes.length == 0) {
                    Bytes all = Bytes.owning(bytes);
                    keep(path, new Kept(status, all, fos.nanoTime()));
                    return new Found.InMemory(status, all, type(path));
                } // Otherwise it was cut meanwhile: it is another file now.
            } finally {
                if (!sent) {
                    opened.close();
                }
            }
        }
        throw new IOException(path + ": it was cut each time while it was read");
    }

    /** Of a file that says it is of size 0 what there is to read; nothing where it is just empty. */
    private static Optional<Found> made(String path, OpenFile opened) throws IOException {
        byte[] bytes = new byte[SMALL_BYTES];
        int length = 0;
        for (int count = opened.read(0, bytes, 0, bytes.length);
                count > 0;
                count = opened.read(length, bytes, length, bytes.length - length)) {
            length += count;
            if (length == MOST_MADE_BYTES) {
                return Optional.of(
                        new Found.NoFile("it is longer than " + MOST_MADE_BYTES + " bytes, and does not say how long"));
            }
            if (length == bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.min(2 * length, MOST_MADE_BYTES));
            }
        }
        String type = type(path);
        return length == 0
                ? Optional.empty()
                : Optional.of(new Found.Made(
                        Bytes.copyOf(bytes, 0, length),
                        type.equals(UNKNOWN_TYPE) ? "text/plain; charset=utf-8" : type));
    }

    private static String stripped(String file) {
        return file.length() > 1 && file.endsWith("/") ? file.substring(0, file.length() - 1) : file;
    }

    private void keep(String path, Kept file) {
        forget(path);
        kept.put(path, file);
        keptBytes += file.bytes().length() + SMALL_BYTES / 64;
        while (keptBytes > MOST_KEPT_BYTES) {
            forget(kept.firstEntry().getKey());
        }
    }

    private void forget(String path) {
        Kept old = kept.remove(path);
        if (old != null) {
            keptBytes -= old.bytes().length() + SMALL_BYTES / 64;
        }
    }

    private Found directory(String path, String directory) throws IOException {
        Found index = find(path + "index.html");
        if (!(index instanceof Found.Missing || index instanceof Found.Elsewhere)) {
            return index;
        }
        StringBuilder page = new StringBuilder("<!doctype html>\n<meta charset=\"utf-8\">\n<title>")
                .append(escaped(path))
                .append("</title>\n<h1>")
                .append(escaped(path))
                .append("</h1>\n<ul>\n");
        if (!path.equals("/")) {
            page.append("<li><a href=\"../\">../</a>\n");
        }
        List<Entry> entries = fos.list(directory);
        for (Entry entry : entries) {
            String name = entry.name() + (entry.status().kind() == Kind.DIRECTORY ? "/" : "");
            page.append("<li><a href=\"./")
                    .append(encoded(name))
                    .append("\">")
                    .append(escaped(name))
                    .append("</a>\n");
        }
        return new Found.Page(Bytes.utf8(page.append("</ul>\n").toString()));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }

    /** A path as it may stand in a link, and in a header. */
    static String encoded(String path) {
        StringBuilder encoded = new StringBuilder();
        for (byte each : path.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (each & 0xff);
            boolean plain = c < 0x80 && (Character.isLetterOrDigit(c) || "-._~/!$'()*,;=@".indexOf(c) >= 0);
            encoded.append(plain ? String.valueOf(c) : String.format(Locale.ROOT, "%%%02X", (int) c));
        }
        return encoded.toString();
    }

    private static String type(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        int dot = name.lastIndexOf('.');
        return dot < 0
                ? UNKNOWN_TYPE
                : TYPES.getOrDefault(name.substring(dot + 1).toLowerCase(Locale.ROOT), UNKNOWN_TYPE);
    }
}
