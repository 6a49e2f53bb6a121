package org.factoredos.program;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ColumnsTest {
    @ParameterizedTest
    @CsvSource({
        "0061, 1",
        "00e4, 1",
        "00ad, 1",
        "0301, 0",
        "20dd, 0",
        "200d, 0",
        "fe0f, 0", // Latin, and marks.
        "4e16, 2",
        "3042, 2",
        "ac00, 2",
        "1100, 2",
        "1161, 0",
        "ff71, 1",
        "ff21, 2",
        "3000, 2",
        "303f, 1",
        "3248, 1",
        "a4cf, 2",
        "a4d0, 1",
        "20000, 2",
        "3fffe, 1",
        "17000, 2", // Ranges and their ends.
        "1f600, 2",
        "231a, 2",
        "2603, 1",
        "1f1e9, 1", // Emoji, a snowman of text, half a flag.
        "05d0, 1",
        "2500, 1",
        "d83d, 1" // A lone surrogate is shown as something.
    })
    void aCharacterTakesWhatTerminalsGiveIt(String codePoint, int columns) {
        assertThat(Columns.of(Integer.parseInt(codePoint, 16))).isEqualTo(columns);
    }

    @Test
    void whatIsCutThroughIsBlankOrLeftOut() {
        String text = "a\u4e16b\u4e16e\u0301f";
        assertThat(Columns.of(text)).isEqualTo(8);
        assertThat(Columns.cut(text, 0, 100)).isEqualTo(text);
        assertThat(Columns.cut(text, 0, 2)).isEqualTo("a");
        assertThat(Columns.cut(text, 0, 3)).isEqualTo("a\u4e16");
        assertThat(Columns.cut(text, 2, 3)).isEqualTo(" b");
        assertThat(Columns.cut(text, 2, 4)).isEqualTo(" b\u4e16");
        assertThat(Columns.cut(text, 6, 1)).isEqualTo("e\u0301");
        assertThat(Columns.cut(text, 7, 9))
                .as("the mark has gone with its letter")
                .isEqualTo("f");
        assertThat(Columns.cut(text, 8, 9)).isEmpty();
        assertThat(Columns.cut(text, 0, 0)).isEmpty();
    }
}
