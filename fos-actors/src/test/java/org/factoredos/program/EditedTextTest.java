package org.factoredos.program;

import static org.assertj.core.api.Assertions.assertThat;

import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.junit.jupiter.api.Test;

class EditedTextTest {
    private final EditedText text = new EditedText("one\n\ttwo \ud83d\ude00\n\nlast");

    @Test
    void whatIsNotChangedIsTheSameTextAgain() {
        for (String same : new String[] {"", "\n", "a", "a\n", "\r\n\tb\n\n"}) {
            EditedText unchanged = new EditedText(same);
            assertThat(unchanged.text()).isEqualTo(same);
            assertThat(unchanged.changed()).isFalse();
        }
    }

    @Test
    void linesAreBrokenAndJoined() {
        text.right();
        text.breakLine();
        assertThat(text.text()).startsWith("o\nne\n");
        text.backspace();
        assertThat(text.text()).startsWith("one\n");
        text.end();
        text.delete();
        text.insert("+");
        assertThat(text.text()).startsWith("one+\ttwo");
        assertThat(text.changed()).isTrue();
    }

    @Test
    void nothingIsBeforeTheFirstCharacterOrBehindTheLast() {
        text.backspace();
        text.left();
        text.move(-5);
        assertThat(text.row()).isZero();
        text.move(100);
        text.end();
        text.delete();
        text.right();
        assertThat(text.row()).isEqualTo(3);
        assertThat(text.changed()).isFalse();
    }

    @Test
    void aCharacterOfTwoCharsIsOne() {
        text.move(1);
        text.end();
        text.backspace();

        assertThat(text.text()).isEqualTo("one\n\ttwo \n\nlast");
    }

    @Test
    void upAndDownKeepTheColumnThatOneCameFrom() {
        text.move(1);
        text.end();
        int column = text.column();
        assertThat(column).isEqualTo(8 + 4 + 2);
        text.move(1);
        assertThat(text.column()).isZero();
        text.move(-1);
        assertThat(text.column()).isEqualTo(column);
    }

    @Test
    void linesAreTakenOutAndPutIn() {
        String cut = text.cutLine();
        assertThat(text.text()).startsWith("\ttwo");
        text.move(1);
        text.insertLine(cut);

        assertThat(text.text()).isEqualTo("\ttwo \ud83d\ude00\none\n\nlast");
    }

    @Test
    void findingGoesOnBehindAndFromTheBeginning() {
        assertThat(text.find("o")).isTrue();
        assertThat(text.row()).isEqualTo(1);
        assertThat(text.find("o")).isTrue();
        assertThat(text.row()).isZero();
        assertThat(text.find("nowhere")).isFalse();
        assertThat(text.find("")).isFalse();
    }

    @Test
    void theScreenFollowsTheCursorBothWays() {
        EditedText wide = new EditedText("x".repeat(200) + "\n".repeat(50) + "end");
        EditScreen screen = new EditScreen();
        SizeAnswered size = new SizeAnswered(20, 10, true);
        wide.end();
        assertThat(screen.draw(wide, size, "state", "below", false))
                .contains("\u001b[9;1H\u001b[7mstate", "\u001b[1;11H");
        wide.move(100);
        wide.end();
        assertThat(screen.draw(wide, size, "state", "below", false))
                .contains("\u001b[8;1Hend", "\u001b[8;4H\u001b[?25h");
        assertThat(screen.draw(wide, size, "state", "find: x", true)).endsWith("\u001b[10;8H\u001b[?25h");
    }
}
