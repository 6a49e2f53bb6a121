package org.factoredos.program;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.factoredos.kernel.Bytes;

/** The keys that a terminal's bytes stand for, those of an ANSI terminal; what is cut in two goes on with the next bytes. */
final class Keys {
    enum Kind {
        TEXT,
        ENTER,
        BACKSPACE,
        DELETE,
        LEFT,
        RIGHT,
        UP,
        DOWN,
        HOME,
        END,
        PAGE_UP,
        PAGE_DOWN,
        ESCAPE,
        CONTROL,
        ALT
    }

    /** {@code text}: what was typed, or with {@link Kind#CONTROL} and {@link Kind#ALT} the letter. */
    record Key(Kind kind, String text) {
        static Key of(Kind kind) {
            return new Key(kind, "");
        }

        boolean control(char letter) {
            return kind == Kind.CONTROL && text.charAt(0) == letter;
        }
    }

    private static final char ESCAPE = 0x1b;
    private static final char RUBOUT = 0x7f;
    private static final int LONGEST_SEQUENCE = 16;

    /** What stands behind ESC [ or ESC O. */
    private static final Map<String, Kind> SEQUENCES = Map.ofEntries(
            Map.entry("A", Kind.UP),
            Map.entry("B", Kind.DOWN),
            Map.entry("C", Kind.RIGHT),
            Map.entry("D", Kind.LEFT),
            Map.entry("H", Kind.HOME),
            Map.entry("F", Kind.END),
            Map.entry("1~", Kind.HOME),
            Map.entry("7~", Kind.HOME),
            Map.entry("4~", Kind.END),
            Map.entry("8~", Kind.END),
            Map.entry("3~", Kind.DELETE),
            Map.entry("5~", Kind.PAGE_UP),
            Map.entry("6~", Kind.PAGE_DOWN));

    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    /** Bytes of a character that is not whole. */
    private byte[] rest = {};
    /** Characters of a sequence that is not whole. */
    private final StringBuilder pending = new StringBuilder();

    /** Consecutive text is one key, as what is pasted comes at once. */
    List<Key> of(Bytes bytes) {
        pending.append(decode(bytes.toArray()));
        List<Key> keys = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        int at = 0;
        while (at < pending.length()) {
            char next = pending.charAt(at);
            if ((next >= ' ' && next != RUBOUT) || next == '\t') {
                text.append(next);
                at++;
                continue;
            }
            flush(text, keys);
            int used = next == ESCAPE ? sequence(at, keys) : control(next, keys);
            if (used == 0) {
                break; // The rest is still to come.
            }
            at += used;
        }
        flush(text, keys);
        pending.delete(0, at);
        return keys;
    }

    private static void flush(StringBuilder text, List<Key> keys) {
        if (!text.isEmpty()) {
            keys.add(new Key(Kind.TEXT, text.toString()));
            text.setLength(0);
        }
    }

    private static int control(char next, List<Key> keys) {
        keys.add(
                switch (next) {
                    case '\r', '\n' -> Key.of(Kind.ENTER);
                    case '\b', RUBOUT -> Key.of(Kind.BACKSPACE);
                    default -> new Key(Kind.CONTROL, Character.toString(next + '@'));
                });
        return 1;
    }

    /** How many characters it has; 0 where it is not whole. A sequence that nobody knows is no key. */
    private int sequence(int at, List<Key> keys) {
        if (at + 1 == pending.length()) {
            return at == 0 && pending.length() == 1 ? lone(keys) : 0;
        }
        char introducer = pending.charAt(at + 1);
        if (introducer != 'O' && isLetter(introducer)) {
            keys.add(new Key(Kind.ALT, Character.toString(introducer).toUpperCase(Locale.ROOT)));
            return 2;
        }
        if (introducer != '[' && introducer != 'O') {
            keys.add(Key.of(Kind.ESCAPE));
            return 1;
        }
        for (int end = at + 2; end < pending.length(); end++) {
            char last = pending.charAt(end);
            if (last < ' ') {
                return end - at; // Another key: the rest of this one was lost on the way.
            }
            if (last >= '@' && last <= '~') {
                Kind known = SEQUENCES.get(pending.substring(at + 2, end + 1));
                if (known != null) {
                    keys.add(Key.of(known));
                }
                return end + 1 - at;
            }
        }
        return pending.length() - at > LONGEST_SEQUENCE ? 2 : 0;
    }

    private static boolean isLetter(char key) {
        return (key >= 'a' && key <= 'z') || (key >= 'A' && key <= 'Z');
    }

    /** Nothing came with it: the key itself. */
    private static int lone(List<Key> keys) {
        keys.add(Key.of(Kind.ESCAPE));
        return 1;
    }

    private String decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.allocate(rest.length + bytes.length)
                .put(rest)
                .put(bytes)
                .flip();
        CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
        decoder.reset();
        decoder.decode(in, out, false);
        rest = new byte[in.remaining()];
        in.get(rest);
        return out.flip().toString();
    }
}
