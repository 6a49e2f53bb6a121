package org.factoredos.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.kernel.Bytes;
import org.factoredos.program.Keys.Kind;
import org.junit.jupiter.api.Test;

class KeysTest {
    private static final String ALL = "a\u00e4\u001b[A\r\u001b[3~\u001bOF\t\u0013\u007f\u001b[1;5Cz";
    private static final List<Keys.Key> MEANT = List.of(
            new Keys.Key(Kind.TEXT, "a\u00e4"),
            Keys.Key.of(Kind.UP),
            Keys.Key.of(Kind.ENTER),
            Keys.Key.of(Kind.DELETE),
            Keys.Key.of(Kind.END),
            new Keys.Key(Kind.TEXT, "\t"),
            new Keys.Key(Kind.CONTROL, "S"),
            Keys.Key.of(Kind.BACKSPACE),
            new Keys.Key(Kind.TEXT, "z"));

    @Test
    void bytesAreTheKeysThatSendThem() {
        assertThat(new Keys().of(Bytes.utf8(ALL))).isEqualTo(MEANT);
    }

    @Test
    void whatIsCutInTwoGoesOn() {
        Bytes all = Bytes.utf8(ALL);
        for (int cut = 1; cut < all.length(); cut++) {
            if (all.at(cut - 1) == 0x1b) {
                continue; // Alone it is the key of that name.
            }
            Keys keys = new Keys();
            List<Keys.Key> found = new ArrayList<>(keys.of(all.slice(0, cut)));
            found.addAll(keys.of(all.slice(cut, all.length() - cut)));
            assertThat(joined(found)).as("cut at %d", cut).isEqualTo(MEANT);
        }
    }

    private static List<Keys.Key> joined(List<Keys.Key> keys) {
        List<Keys.Key> joined = new ArrayList<>();
        for (Keys.Key key : keys) {
            boolean goesOn = key.kind() == Kind.TEXT
                    && !joined.isEmpty()
                    && joined.getLast().kind() == Kind.TEXT;
            joined.add(goesOn ? new Keys.Key(Kind.TEXT, joined.removeLast().text() + key.text()) : key);
        }
        return joined;
    }

    @Test
    void escapeAloneIsAKey() {
        Keys keys = new Keys();
        assertThat(keys.of(Bytes.utf8("\u001b"))).containsExactly(Keys.Key.of(Kind.ESCAPE));
        assertThat(keys.of(Bytes.utf8("\u001b1")))
                .containsExactly(Keys.Key.of(Kind.ESCAPE), new Keys.Key(Kind.TEXT, "1"));
    }

    @Test
    void aLetterWithAltComesBehindAnEscape() {
        assertThat(new Keys().of(Bytes.utf8("a\u001bub")))
                .containsExactly(
                        new Keys.Key(Kind.TEXT, "a"), new Keys.Key(Kind.ALT, "U"), new Keys.Key(Kind.TEXT, "b"));
    }

    @Test
    void aSequenceThatIsBrokenOffTakesNoKeyBehindIt() {
        assertThat(new Keys().of(Bytes.utf8("\u001bO\u0013\u001b[3\rq")))
                .containsExactly(
                        new Keys.Key(Kind.CONTROL, "S"), Keys.Key.of(Kind.ENTER), new Keys.Key(Kind.TEXT, "q"));
    }

    @Test
    void bytesThatAreNoTextHarmNothing() {
        Keys keys = new Keys();
        keys.of(Bytes.owning(new byte[] {(byte) 0xff, (byte) 0xc3, 0x1b, '[', 'x', 'y'}));
        keys.of(Bytes.utf8("\u001b[" + "1;".repeat(40)));

        assertThat(joined(keys.of(Bytes.utf8("q"))).getLast().text()).endsWith("q");
    }
}
