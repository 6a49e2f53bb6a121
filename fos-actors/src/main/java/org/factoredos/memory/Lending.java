package org.factoredos.memory;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.FrameRun;
import org.factoredos.kernel.SendResult;
import org.factoredos.memory.MemoryProtocol.PoolSettled;
import org.factoredos.memory.MemoryProtocol.PoolTold;
import org.factoredos.memory.MemoryProtocol.SettlePool;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * The first server's part in lending: which frames each later server of the node has. Only here is that decided.
 *
 * <p>With each of them there is one settlement at a time, under a number, said again until it is answered: frames that it gets
 * are its own as it hears of them, frames that it gives are ours as we do. On the way they are in its account and in nobody's pool.
 */
final class Lending {
    private static final long PATIENCE_NANOS = 1_000_000_000L;
    private static final long RETRY_NANOS = 100_000_000L;

    /** The answer of a later server to the settlement of that number. */
    record Settling(Address server, long number) implements Continuation {}

    /** A later server of the node. */
    private static final class Member {
        final Address server;
        BitSet lent = new BitSet();
        long number;

        @Nullable
        SettlePool underWay;

        int wants;
        boolean urgent;
        int toGive;
        boolean giveUrgent;
        /** It is no more, and what it had is looked for. */
        boolean over;

        Member(Address server) {
            this.server = server;
        }
    }

    private final FrameTable table;
    private final int lowWater;
    private final ToIntFunction<Address> distance;
    private final SortedMap<Address, Member> members = new TreeMap<>(Comparator.comparing(Address::client));

    Lending(FrameTable table, int lowWater, ToIntFunction<Address> distance) {
        this.table = table;
        this.lowWater = lowWater;
        this.distance = distance;
    }

    boolean none() {
        return members.isEmpty();
    }

    List<Address> servers() {
        return members.values().stream()
                .filter(member -> !member.over)
                .map(member -> member.server)
                .toList();
    }

    int lent() {
        return members.values().stream()
                .mapToInt(member -> member.lent.cardinality())
                .sum();
    }

    BitSet lentFrames() {
        BitSet all = new BitSet();
        members.values().forEach(member -> all.or(member.lent));
        return all;
    }

    /** As the member has said, after this server has taken another's place. */
    void remember(Address server, long number, List<FrameRun> pool) {
        Member member = new Member(server);
        member.number = number;
        member.lent = FrameSet.of(pool);
        members.put(server, member);
    }

    /** Of one that does not know itself: what tiles say that it has granted. */
    void recall(Address server, List<FrameRun> granted) {
        Member member = members.get(server);
        if (member != null) {
            member.lent.or(FrameSet.of(granted));
        }
    }

    /** It knows of no frame of its: what was under way to it or from it, it has in its account. */
    PoolTold tell(Address server) {
        Member member = members.computeIfAbsent(server, Member::new);
        member.underWay = null;
        return new PoolTold(member.number, FrameSet.runs(member.lent));
    }

    List<Effect> wanted(Address server, int frames, boolean urgent) {
        Member member = members.get(server);
        if (member == null) {
            return List.of(); // It has not asked for its pool yet, or what it had is ours again.
        }
        member.wants = frames;
        member.urgent = urgent;
        return settle();
    }

    /** The members nearby are to give so many. */
    List<Effect> ask(int frames, boolean urgent) {
        int left = frames;
        List<Member> nearest = members.values().stream()
                .filter(member -> !member.over && !member.lent.isEmpty())
                .sorted(Comparator.comparingInt(member -> distance.applyAsInt(member.server)))
                .toList();
        for (Member member : nearest) {
            if (left > 0) {
                member.toGive = Math.max(member.toGive, Math.min(left, member.lent.cardinality()));
                member.giveUrgent |= urgent;
                left -= urgent ? 0 : member.toGive; // What it has in its account it need not have free.
            }
        }
        return settle();
    }

    /** Begins what settlements there are to be made. */
    List<Effect> settle() {
        List<Effect> effects = new ArrayList<>();
        for (Member member : members.values()) {
            if (member.over || member.underWay != null) {
                continue;
            }
            int spare = member.urgent ? table.free() : Math.max(0, table.free() - lowWater);
            List<FrameRun> lent = table.shrink(Math.min(member.wants, spare));
            if (lent.isEmpty() && member.toGive == 0) {
                continue;
            }
            member.wants -= FrameSet.count(lent);
            member.lent.or(FrameSet.of(lent));
            member.underWay = new SettlePool(++member.number, lent, member.toGive, member.giveUrgent);
            member.toGive = 0;
            member.giveUrgent = false;
            effects.add(say(member, member.underWay));
        }
        return effects;
    }

    private static Effect say(Member member, SettlePool settlement) {
        return new Effect.Call(
                member.server, settlement, new Settling(member.server, settlement.number()), PATIENCE_NANOS);
    }

    /** Whether frames have come, or somebody is no more. */
    boolean on(Settling settling, Response response, List<Effect> effects) {
        Member member = members.get(settling.server());
        SettlePool underWay = member == null ? null : member.underWay;
        if (member == null || member.over || underWay == null || underWay.number() != settling.number()) {
            return false; // Its server has begun anew since, and was told what it has.
        }
        if (response instanceof Response.Answered(PoolSettled(long number, var given))) {
            member.underWay = null;
            BitSet back = FrameSet.of(given);
            member.lent.andNot(back);
            table.grow(back);
            effects.addAll(settle());
            return !given.isEmpty();
        }
        if (isOver(response)) {
            member.over = true;
            return true;
        }
        effects.add(
                response instanceof Response.SendRefused
                        ? new Effect.Timer(settling, RETRY_NANOS)
                        : say(member, underWay));
        return false;
    }

    /** Nobody runs there any more, and nothing that it has said comes later. */
    static boolean isOver(Response response) {
        return response instanceof Response.SendRefused(SendResult result) && result == SendResult.NO_SUCH_MAILBOX;
    }

    /** It is no more; false where that was known. */
    boolean end(Address server) {
        Member member = members.get(server);
        if (member == null || member.over) {
            return false;
        }
        member.over = true;
        return true;
    }

    boolean isOver(Address server) {
        Member member = members.get(server);
        return member != null && member.over;
    }

    /** Takes all frames of a server that is no more into the table, which knows by now who holds some of them. */
    void inherit(Address server) {
        Member member = members.remove(server);
        if (member != null) {
            table.grow(member.lent);
        }
    }
}
