package org.factoredos.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
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
    void wideCharactersAreTwoColumnsAndMarksNone() {
        EditedText wide = new EditedText("\u4e16\u754c!\n12345\ne\u0301x\t|");
        wide.right();
        assertThat(wide.column()).isEqualTo(2);
        wide.right();
        assertThat(wide.column()).isEqualTo(4);
        wide.move(1);
        assertThat(wide.column()).isEqualTo(4);
        wide.left();
        wide.move(-1);
        assertThat(wide.column()).as("the last whole character before column 3").isEqualTo(2);
        wide.move(2);
        wide.home();
        wide.right();
        assertThat(wide.column()).isEqualTo(1);
        wide.end();
        assertThat(wide.column()).isEqualTo(9);
        wide.home();
        wide.delete();
        assertThat(wide.text()).endsWith("12345\nx\t|");
        SizeAnswered size = new SizeAnswered(5, 8, true);
        wide.move(-2);
        wide.end();
        assertThat(new EditScreen().draw(wide, size, "state", "below", false))
                .as("the cursor behind the last of five columns is on the next screenful")
                .contains("\u001b[1;1H !\u001b[K", "\u001b[1;3H\u001b[?25h");
    }

    @Test
    void whatWasTypedInOnePlaceIsUndoneAtOnce() {
        String before = text.text();
        text.insert("a");
        text.insert("b");
        text.move(1);
        text.insert("c");
        assertThat(text.undo()).isTrue();
        assertThat(text.text()).isEqualTo("ab" + before);
        assertThat(text.row()).isEqualTo(1);
        assertThat(text.undo()).isTrue();
        assertThat(text.text()).isEqualTo(before);
        assertThat(text.changed()).isFalse();
        assertThat(text.undo()).isFalse();
        assertThat(text.redo()).isTrue();
        assertThat(text.text()).isEqualTo("ab" + before);
        text.breakLine();
        assertThat(text.redo()).as("something else was done").isFalse();
    }

    @Test
    void whatIsUndoneBeyondTheLastSaveIsAChange() {
        text.insert("a");
        text.saved();
        text.undo();
        assertThat(text.changed()).isTrue();
        text.redo();
        assertThat(text.changed()).isFalse();
    }

    @Test
    void everyChangeIsUndoneAndDoneAgain() {
        for (long seed = 1; seed <= 200; seed++) {
            Random chance = new Random(seed);
            EditedText changed = new EditedText("one\ntwo\n\nfour");
            for (int i = 0; i < 60; i++) {
                change(changed, chance.nextInt(10));
            }
            String after = changed.text();
            while (changed.undo()) {}
            assertThat(changed.text()).as("seed %d", seed).isEqualTo("one\ntwo\n\nfour");
            assertThat(changed.changed()).as("seed %d", seed).isFalse();
            while (changed.redo()) {}
            assertThat(changed.text()).as("seed %d", seed).isEqualTo(after);
        }
    }

    private static void change(EditedText changed, int how) {
        switch (how) {
            case 0 -> changed.insert("x\u4e16");
            case 1 -> changed.breakLine();
            case 2 -> changed.backspace();
            case 3 -> changed.delete();
            case 4 -> changed.cutLine();
            case 5 -> changed.insertLine("in");
            case 6 -> changed.move(-1);
            case 7 -> changed.move(2);
            case 8 -> changed.right();
            default -> changed.end();
        }
    }

    @Test
    void noMoreThanAThousandChangesAndSoMuchTextAreKept() {
        for (int i = 0; i < 1100; i++) {
            text.breakLine();
        }
        assertThat(undone(text)).isEqualTo(1000);

        EditedText large = new EditedText("x".repeat(3 << 20));
        for (int i = 0; i < 20; i++) {
            large.insert("y");
            large.home();
        }
        assertThat(undone(large)).isEqualTo(5); // Of 3 Mi characters each, within 16 Mi.
    }

    private static int undone(EditedText text) {
        int undone = 0;
        while (text.undo()) {
            undone++;
        }
        return undone;
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
