package org.factoredos.program;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The head of a request of HTTP/1.1 or 1.0 (RFC 9112, §3 and §5), read strictly: what could be understood in two ways is
 * refused.
 *
 * @param target as it was sent
 * @param fields by their names in small letters; values of one that came several times are joined by commas
 */
record HttpRequest(String method, String target, boolean http11, SortedMap<String, String> fields) {
    static final int MOST_HEAD_BYTES = 16 * 1024;
    private static final Pattern LINE = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\\S+) HTTP/1\\.([01])");
    private static final Pattern FIELD =
            Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \\t]*([^\\x00-\\x08\\x0a-\\x1f\\x7f]*)");

    /** A request that cannot be answered but by that status. */
    static final class Bad extends Exception {
        private final int status;

        Bad(int status, String why) {
            super(why);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    /** Behind the empty line that ends the head in the first {@code length} bytes; -1 where it has not come yet. */
    static int endOfHead(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            if (bytes[i] == '\n') {
                boolean bare = i + 1 < length && bytes[i + 1] == '\n';
                boolean usual = i + 2 < length && bytes[i + 1] == '\r' && bytes[i + 2] == '\n';
                if (bare || usual) {
                    return i + (bare ? 2 : 3);
                }
            }
        }
        return -1;
    }

    /** Reads a head, up to and with the empty line. */
    static HttpRequest parse(byte[] head, int length) throws Bad {
        String[] lines = new String(head, 0, length, StandardCharsets.ISO_8859_1).split("\r?\n", -1);
        var line = LINE.matcher(lines[0]);
        if (!line.matches()) {
            boolean other = lines[0].matches("\\S+ \\S+ HTTP/\\d+(\\.\\d+)?");
            throw other ? new Bad(505, "HTTP/1.1 is spoken here") : new Bad(400, "that is no request");
        }
        SortedMap<String, String> fields = new TreeMap<>();
        for (int i = 1; i < lines.length && !lines[i].isEmpty(); i++) {
            var field = FIELD.matcher(lines[i]);
            if (!field.matches()) {
                throw new Bad(400, "a header field is malformed");
            }
            String name = field.group(1).toLowerCase(Locale.ROOT);
            String value = field.group(2).strip();
            if (name.equals("host") && fields.containsKey(name)) {
                throw new Bad(400, "there is more than one Host");
            }
            fields.merge(name, value, (one, other) -> one + ", " + other);
        }
        boolean http11 = line.group(3).equals("1");
        if (http11 && !fields.containsKey("host")) {
            throw new Bad(400, "HTTP/1.1 takes a Host");
        }
        return new HttpRequest(line.group(1), line.group(2), http11, fields);
    }

    Optional<String> field(String name) {
        return Optional.ofNullable(fields.get(name));
    }

    /** Whether the connection is to be used again, as far as the client is concerned. */
    boolean keepsAlive() {
        String connection = field("connection").orElse("").toLowerCase(Locale.ROOT);
        return http11 ? !connection.contains("close") : connection.contains("keep-alive");
    }

    /** Whether something follows the head, which nobody here reads. */
    boolean hasBody() {
        return fields.containsKey("transfer-encoding")
                || !field("content-length").orElse("0").equals("0");
    }

    /**
     * The path that it asks for, decoded, beginning with a slash. It leads nowhere above itself: a part {@code ..} is refused,
     * however it was encoded.
     */
    String path() throws Bad {
        String text = target;
        if (text.regionMatches(true, 0, "http://", 0, 7)) {
            int slash = text.indexOf('/', 7);
            text = slash < 0 ? "/" : text.substring(slash);
        }
        int end = text.indexOf('?');
        text = end < 0 ? text : text.substring(0, end);
        if (!text.startsWith("/")) {
            throw new Bad(400, "a path begins with a slash");
        }
        String path = decoded(text);
        for (String part : path.split("/", -1)) {
            if (part.equals("..") || part.equals(".")) {
                throw new Bad(400, "a path with '.' or '..' is not served");
            }
        }
        return path;
    }

    private static String decoded(String text) throws Bad {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            int value = text.charAt(i);
            if (value == '%') {
                int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
                int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw new Bad(400, "the path is not encoded as it should be");
                }
                value = 16 * high + low;
                i += 2;
            }
            if (value == 0) {
                throw new Bad(400, "no path has such a character");
            }
            bytes.write(value);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
