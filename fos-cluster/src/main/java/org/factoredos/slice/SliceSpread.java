package org.factoredos.slice;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Which member owns each slice of one fleet: decided from membership alone, and as evenly as whole slices can be.
 *
 * <p>A slice goes to the member with the fewest. Where several have the fewest, the order of members starts at another one
 * for each fleet, or the first member would get the odd slice of every fleet. A slice that has a home moves only where a
 * member is two behind another, which nothing but a join can bring about; and moving it is an outage of that slice, so one
 * moves at a time.
 *
 * @param <M> a member
 */
record SliceSpread<M>(String fleet) {
    private record Share<M>(M member, Collection<String> slices) {}

    private static final Comparator<Share<?>> BY_LOAD =
            Comparator.comparingInt(share -> share.slices().size());

    /** The member that a slice without a home goes to; empty where there is no member. */
    Optional<M> home(SortedMap<M, ? extends Collection<String>> slicesByMember) {
        return inTurn(slicesByMember).stream().min(BY_LOAD).map(Share::member);
    }

    /** The slice to move now, whose new home is then as {@link #home} says; empty where all is even. */
    Optional<String> move(SortedMap<M, ? extends Collection<String>> slicesByMember) {
        List<Share<M>> shares = inTurn(slicesByMember);
        if (shares.isEmpty()) {
            return Optional.empty();
        }
        Collection<String> most = Collections.max(shares, BY_LOAD).slices();
        Collection<String> fewest = Collections.min(shares, BY_LOAD).slices();
        return most.size() - fewest.size() < 2
                ? Optional.empty()
                : most.stream().min(Comparator.naturalOrder());
    }

    private List<Share<M>> inTurn(SortedMap<M, ? extends Collection<String>> slicesByMember) {
        List<Share<M>> shares = new ArrayList<>();
        slicesByMember.forEach((member, slices) -> shares.add(new Share<>(member, slices)));
        if (!shares.isEmpty()) {
            Collections.rotate(shares, Math.floorMod(fleet.hashCode(), shares.size()));
        }
        return shares;
    }
}
