package org.factoredos.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.lib.MemoryGrid;
import org.factoredos.lib.MemoryGrid.Result;
import org.factoredos.program.TileMap.By;
import org.factoredos.program.TileMap.Cell;
import org.junit.jupiter.api.Test;

/** What is drawn of tiles, and how it gets onto a terminal. */
class TileMapTest {
    private static Cell cell(int node, int x, int y, String client, long figure) {
        return new Cell(new TileId(new NodeId(node), x, y), client, figure);
    }

    private static List<Cell> twoNodes() {
        return List.of(
                cell(1, 0, 0, "name front", 0),
                cell(1, 1, 0, "name owner 0", 9),
                cell(1, 0, 1, "name owner 1", 10),
                cell(1, 1, 1, "", 0),
                cell(2, 0, 0, "name front", 123_456),
                cell(2, 1, 0, "cat", 1),
                cell(2, 0, 1, "", 0),
                cell(2, 1, 1, "cat", 0));
    }

    @Test
    void byFleetServersOfOneKindHaveOneLetterOnAllNodes() {
        assertThat(String.join("\n", TileMap.lines(By.FLEET, twoNodes(), 80))).isEqualTo("""
                        n1    n2
                        a b   a c
                        b .   . c

                        . free   a name front   b name owner   c cat
                        2 of 8 tiles are free""");
    }

    @Test
    void byLoadATileShowsHowManyDigitsItsFigureHas() {
        assertThat(String.join("\n", TileMap.lines(By.LOAD, twoNodes(), 80))).isEqualTo("""
                        n1    n2
                        - 1   6 1
                        2 .   . -

                        . free   - none   1 up to 9   2 up to 99   3 up to 999 ... sends a second
                        2 of 8 tiles are free""");
    }

    @Test
    void meshesThatDoNotFitBesideEachOtherStandBelow() {
        assertThat(TileMap.lines(By.FLEET, twoNodes(), 8)).startsWith("n1", "a b", "b .", "", "n2", "a c", ". c", "");
    }

    @Test
    void whatNoLetterIsLeftForIsDrawnAllTheSame() {
        List<Cell> many = new ArrayList<>();
        for (int x = 0; x < 60; x++) {
            many.add(cell(1, x, 0, "program" + x, 0));
        }

        assertThat(TileMap.lines(By.FLEET, many, 200).get(1)).endsWith("Y Z # # # # # # # #");
    }

    @Test
    void aFrameIsNeitherWiderNorLongerThanTheTerminal() {
        Live.Picture picture = new Live.Picture(List.of("one", "seventeen letters", "three"), List.of(new NodeId(2)));

        assertThat(Live.frame(picture, new SizeAnswered(9, 4, true)))
                .isEqualTo("\u001b[Hn2 did no\u001b[K\none\u001b[K\nseventeen\u001b[K\n\u001b[J");
    }

    private static MemoryGrid painting(AtomicInteger painted) {
        return new MemoryGrid(Map.of(
                "paint",
                (fos, arguments) -> Live.run(fos, Optional.empty(), true, size -> {
                    if (painted.incrementAndGet() == 4) {
                        throw new IOException("it is ended");
                    }
                    return new Live.Picture(List.of("picture " + painted + " of " + size.rows()), List.of());
                })));
    }

    @Test
    void onATerminalItIsDrawnAgainAndAgainUntilTheProcessIsEnded() {
        AtomicInteger painted = new AtomicInteger();
        MemoryGrid grid =
                painting(painted).presses(MemoryGrid.NO_KEY, MemoryGrid.NO_KEY, MemoryGrid.NO_KEY, MemoryGrid.NO_KEY);
        grid.terminal = Optional.of(new SizeAnswered(80, 30, true));

        assertThat(grid.run("paint").out())
                .startsWith("\u001b[2J\u001b[Hpicture 1 of 30\u001b[K\n\u001b[J\u001b[Hpicture 2 of 30")
                .contains("picture 3 of 30");
        assertThat(painted).hasValue(4);
    }

    @Test
    void onATerminalQLeavesAndAnyOtherKeyDraws() {
        AtomicInteger painted = new AtomicInteger();
        MemoryGrid grid = painting(painted).presses("x", MemoryGrid.NO_KEY, "\u001b[A q", "ls");
        grid.terminal = Optional.of(new SizeAnswered(80, 30, true));

        Result left = grid.run("paint");
        assertThat(left.status()).isZero();
        assertThat(left.out()).contains("picture 3 of 30");
        assertThat(painted).hasValue(3);
    }

    @Test
    void whereTheTerminalIsGoneItIsDrawnNoMore() {
        AtomicInteger painted = new AtomicInteger();
        MemoryGrid grid = painting(painted);
        grid.terminal = Optional.of(new SizeAnswered(80, 30, true));

        grid.run("paint");
        assertThat(painted).hasValue(1);
    }

    @Test
    void withoutATerminalItIsDrawnOnce() {
        AtomicInteger painted = new AtomicInteger();

        assertThat(painting(painted).run("paint").out()).isEqualTo("picture 1 of 24\n");
        assertThat(painted).hasValue(1);
    }
}
