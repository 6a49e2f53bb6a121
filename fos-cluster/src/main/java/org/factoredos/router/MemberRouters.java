package org.factoredos.router;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Payload;
import org.factoredos.naming.MemberChoice.ChooseMember;
import org.factoredos.naming.MemberChoice.MemberChosen;
import org.factoredos.naming.MemberChoice.NobodyChosen;
import org.factoredos.server.Device;
import org.factoredos.server.DeviceRequest;

/**
 * Chooses among the members that the name front has left: in turn, by chance, or by the asking tile.
 *
 * <p>How loaded a member is nobody reports yet, so for that policy the front chooses the nearest. Called by the name front's
 * actor alone.
 */
public final class MemberRouters implements Device {
    /** The set that was asked about first makes room; its turn begins anew. */
    private static final int MOST_SETS = 16_384;

    private final LinkedHashMap<String, Integer> turns = new LinkedHashMap<>();

    @Override
    public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
        ChooseMember choose = (ChooseMember) request;
        done.accept(
                switch (choose.policy()) {
                    case ROUND_ROBIN -> new MemberChosen(inTurn(choose));
                    case RANDOM ->
                        new MemberChosen(choose.members()
                                .get(ThreadLocalRandom.current()
                                        .nextInt(choose.members().size())));
                    case CONSISTENT_HASH -> new MemberChosen(byTile(choose));
                    case NEAREST, LEAST_LOADED -> new NobodyChosen();
                });
    }

    private Address inTurn(ChooseMember choose) {
        List<Address> members = choose.members();
        int turn = turns.merge(choose.set(), 1, (before, one) -> (before + one) & Integer.MAX_VALUE);
        if (turns.size() > MOST_SETS) {
            turns.pollFirstEntry();
        }
        return members.get((turn - 1) % members.size());
    }

    /** The member whose mark with the tile is highest: who comes or goes changes nobody else's. */
    private static Address byTile(ChooseMember choose) {
        TreeMap<Integer, Address> marks = new TreeMap<>();
        for (Address member : choose.members()) {
            marks.put(mark(choose.tile() + " " + member.client() + " " + member.mailbox()), member);
        }
        return marks.lastEntry().getValue();
    }

    private static int mark(String text) {
        int mixed = text.hashCode() * 0x9E3779B9;
        mixed ^= mixed >>> 15;
        mixed *= 0x85EBCA6B;
        return mixed ^ mixed >>> 13;
    }
}
