package org.factoredos.slice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** S8: slices are spread evenly from the first start, and move only for a member that has joined. */
class SliceSpreadTest {
    private final SliceSpread<Integer> spread = new SliceSpread<>("name");

    @Test
    void aGridWithoutMembersHasNoHome() {
        assertThat(spread.home(new TreeMap<>())).isEmpty();
        assertThat(spread.move(new TreeMap<>())).isEmpty();
    }

    @Test
    void fleetsBeginAtDifferentMembers() {
        List<Integer> first = new ArrayList<>();
        for (String fleet : List.of("a", "b", "c")) {
            first.add(new SliceSpread<Integer>(fleet).home(members(3)).orElseThrow());
        }

        assertThat(first).containsExactlyInAnyOrder(0, 1, 2);
    }

    @Property
    void firstStartIsEvenAndNothingMovesAfterIt(
            @ForAll @IntRange(min = 1, max = 9) int members, @ForAll @IntRange(min = 1, max = 40) int slices) {
        SortedMap<Integer, Collection<String>> grid = members(members);
        place(grid, slices);

        assertEven(grid);
        assertThat(spread.move(grid)).isEmpty();
    }

    @Property
    void lossesAloneNeverMakeASliceMove(
            @ForAll @IntRange(min = 1, max = 40) int slices,
            @ForAll @Size(max = 5) List<@IntRange(min = 0, max = 8) Integer> lost) {
        SortedMap<Integer, Collection<String>> grid = members(9);
        place(grid, slices);

        for (int member : lost) {
            lose(grid, member);

            assertEven(grid);
            assertThat(spread.move(grid)).isEmpty();
        }
    }

    @Property
    void afterAJoinEachMoveIsToAMemberThatLacksOneAndTheyEnd(
            @ForAll @IntRange(min = 1, max = 40) int slices,
            @ForAll @IntRange(min = 1, max = 6) int before,
            @ForAll @IntRange(min = 1, max = 4) int joined) {
        SortedMap<Integer, Collection<String>> grid = members(before);
        place(grid, slices);
        for (int i = 0; i < joined; i++) {
            grid.put(before + i, new ArrayList<>());
        }

        int moves = 0;
        for (Optional<String> moving = spread.move(grid); moving.isPresent(); moving = spread.move(grid)) {
            String slice = moving.get();
            int from = ownerOf(grid, slice);
            slicesOf(grid, from).remove(slice);
            int to = spread.home(grid).orElseThrow();
            slicesOf(grid, to).add(slice);
            moves++;

            assertThat(from).as("only the members of before give one away").isLessThan(before);
            assertThat(to).as("only a member that has joined gets one").isGreaterThanOrEqualTo(before);
            assertThat(moves).isLessThanOrEqualTo(slices);
        }
        assertEven(grid);
    }

    private void place(SortedMap<Integer, Collection<String>> grid, int slices) {
        for (int slice = 0; slice < slices; slice++) {
            slicesOf(grid, spread.home(grid).orElseThrow()).add(Integer.toString(slice));
        }
    }

    private void lose(SortedMap<Integer, Collection<String>> grid, int member) {
        Collection<String> homeless = grid.remove(member);
        if (homeless != null) {
            homeless.forEach(
                    slice -> slicesOf(grid, spread.home(grid).orElseThrow()).add(slice));
        }
    }

    private static Collection<String> slicesOf(SortedMap<Integer, Collection<String>> grid, int member) {
        return Objects.requireNonNull(grid.get(member));
    }

    private static int ownerOf(SortedMap<Integer, Collection<String>> grid, String slice) {
        return grid.entrySet().stream()
                .filter(entry -> entry.getValue().contains(slice))
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    private static void assertEven(SortedMap<Integer, Collection<String>> grid) {
        int most = grid.values().stream().mapToInt(Collection::size).max().orElseThrow();
        int fewest = grid.values().stream().mapToInt(Collection::size).min().orElseThrow();
        assertThat(most - fewest).isLessThanOrEqualTo(1);
    }

    private static SortedMap<Integer, Collection<String>> members(int count) {
        SortedMap<Integer, Collection<String>> members = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            members.put(i, new ArrayList<>());
        }
        return members;
    }
}
