package org.factoredos.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.factoredos.server.Members.N1;
import static org.factoredos.server.Members.N2;
import static org.factoredos.server.Members.N3;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.driver.BlockProtocol.ChunksLookedFor;
import org.factoredos.driver.BlockProtocol.GetChunk;
import org.factoredos.driver.BlockProtocol.LookForChunks;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.Repairs.AwaitingLook;
import org.factoredos.file.Repairs.BeginRound;
import org.factoredos.file.VolumeEvent.ChunksMapped;
import org.factoredos.file.VolumeEvent.EntryMade;
import org.factoredos.file.VolumeEvent.Mapped;
import org.factoredos.file.VolumeEvent.Version;
import org.factoredos.file.VolumeEvent.VolumeBegun;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Effect;
import org.factoredos.server.Members;
import org.factoredos.server.Response;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One chunk, on the disks of nodes 1 and 2, seen by an owner that has just begun. */
@Tag("O5")
class RepairsTest {
    private static final String VOLUME = "/home";
    private static final long FILE = 20;
    private static final long DELAY_MILLIS = 30_000;

    private final SliceState state = new SliceState(1);
    private final Disks disks = new Disks(N1);
    private final Repairs repairs =
            new Repairs(state, disks, new Sweeper(state, disks), new Scrub(1, 0), 2, DELAY_MILLIS * 1_000_000);

    RepairsTest() {
        state.apply(new VolumeBegun(VOLUME, VolumeTree.OPERATOR, 0));
        state.apply(new EntryMade(VOLUME, VolumeTree.ROOT, "file", FILE, Kind.FILE, "", VolumeTree.OPERATOR, 0644, 0));
        Version version = new Version(1, 1, 10, List.of(N1.node(), N2.node()));
        state.apply(new ChunksMapped(VOLUME, FILE, 10, 0, List.of(new Mapped(0, version))));
    }

    @Test
    void aNodeThatIsAwayAsAnOwnerBeginsHasItsTimeToComeBack() {
        assertThat(copies(onMembers(0, N1, N3))).isEmpty();
        assertThat(repairs.repaired()).isFalse();

        assertThat(copies(onMembers(DELAY_MILLIS - 1, N1, N2, N3))).isEmpty();
        assertThat(repairs.repaired()).isTrue();
    }

    @Test
    void whatANodeHadThatDoesNotComeBackIsCopied() {
        List<Effect> round = onMembers(0, N1, N3);
        BeginRound next = timer(round);

        assertThat(copies(answered(repairs.on(next, DELAY_MILLIS), DELAY_MILLIS)))
                .hasSize(1);
    }

    @Test
    void aNodeThatGoesOnceMoreHasItsTimeOnceMore() {
        onMembers(0, N1, N3);
        onMembers(DELAY_MILLIS - 1, N1, N2, N3);
        onMembers(DELAY_MILLIS, N1, N3);

        Incarnation other = new Incarnation(N3.node(), 2);
        assertThat(copies(onMembers(2 * DELAY_MILLIS - 1, N1, other))).isEmpty();
        assertThat(copies(onMembers(2 * DELAY_MILLIS, N1, N3))).hasSize(1);
    }

    /** What comes of it once the disks have said that they hold all that they should. */
    private List<Effect> onMembers(long millis, Incarnation... up) {
        disks.on(Members.up(up));
        return answered(repairs.onMembers(millis), millis);
    }

    private List<Effect> answered(List<Effect> effects, long millis) {
        List<Effect> all = new ArrayList<>();
        for (Effect effect : effects) {
            if (effect instanceof Effect.Call(var to, LookForChunks look, AwaitingLook awaiting, var patience)) {
                Payload nothingIsMissing = new ChunksLookedFor(List.of());
                all.addAll(answered(repairs.on(awaiting, new Response.Answered(nothingIsMissing), millis), millis));
            } else {
                all.add(effect);
            }
        }
        return all;
    }

    private static BeginRound timer(List<Effect> effects) {
        return effects.stream()
                .filter(Effect.Timer.class::isInstance)
                .map(effect -> (BeginRound) ((Effect.Timer) effect).continuation())
                .findFirst()
                .orElseThrow();
    }

    private static List<Effect> copies(List<Effect> effects) {
        return effects.stream()
                .filter(effect -> effect instanceof Effect.Call call && call.request() instanceof GetChunk)
                .toList();
    }
}
