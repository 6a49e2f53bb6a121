package org.factoredos.naming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.factoredos.server.Members.GRID;
import static org.factoredos.server.Members.N1;
import static org.factoredos.server.Members.N2;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Place;
import org.factoredos.kernel.SendResult;
import org.factoredos.naming.NameProtocol.Entry;
import org.factoredos.naming.NameProtocol.Flags;
import org.factoredos.naming.NameProtocol.NameDeleted;
import org.factoredos.naming.NameProtocol.NameRegistered;
import org.factoredos.naming.NameProtocol.NameResolved;
import org.factoredos.naming.NameProtocol.NamesListed;
import org.factoredos.naming.NameProtocol.Refused;
import org.factoredos.naming.NameProtocol.RegisterName;
import org.factoredos.naming.NameProtocol.ResolveName;
import org.factoredos.server.Continuation;
import org.factoredos.server.CoreBench;
import org.factoredos.server.Effect;
import org.factoredos.server.Members;
import org.factoredos.server.Membership;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.OwnerProtocol;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two nodes' fronts, the four owners on the first node, and shims that only note what they are told. */
@Tag("O1")
@Tag("N1")
@Tag("N2")
@Tag("N5")
@Tag("N9")
@Tag("S10")
class NameFleetTest {
    private static final long SECOND = 1_000_000_000L;
    /** A call number behind those that {@link CoreBench#call} gives, which its client has ended. */
    private static final long LATER = 5_000_000_000L;

    private static final ClientId CLIENT = new ClientId(N1.node(), 1, 99);
    private static final Address FRONT_1 = Reserved.NAME_FRONT.address(N1, GRID);
    private static final Address FRONT_2 = Reserved.NAME_FRONT.address(N2, GRID);
    private static final Address A = new Address(new ClientId(N1.node(), 1, 50), 1, new TileId(N1.node(), 3, 3));
    private static final Address B = new Address(new ClientId(N2.node(), 1, 50), 1, new TileId(N2.node(), 3, 3));

    /** Drops names as it is told; its tile has one mailbox. */
    private final class Shim implements Server {
        final List<String> dropped = new ArrayList<>();

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            if (in.payload() instanceof Delegation.DropName(String name)) {
                dropped.add(name);
            }
            Payload answer = switch (in.payload()) {
                case Delegation.ListMailboxes list ->
                    new Delegation.MailboxesListed(in.to().tile().equals(A.tile()) ? List.of(A) : List.of());
                case Delegation.CheckMailbox(Address mailbox) ->
                    new Delegation.MailboxChecked(
                            mailbox.mailbox() > 1000 || ended.contains(mailbox.client()) ? "" : "user",
                            mailbox.tile().node().equals(mailbox.client().node()) ? 0 : 1);
                case Delegation.ReportCache report -> new Delegation.CacheReported(3, 1);
                default -> new Delegation.NameDropped();
            };
            return List.of(new Effect.Reply(in.from(), in.call(), answer, null));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }

    private final CoreBench bench = new CoreBench();
    private final List<ClientId> ended = new ArrayList<>();
    private final Membership all = Members.up(N1, N2);
    private final TileId tile = new TileId(N2.node(), 3, 0);
    private final Address shimAddress = Address.ofShim(N2, GRID, tile);
    private final Shim shim = new Shim();
    private boolean leased = true;

    @BeforeEach
    void boot() {
        for (Incarnation node : List.of(N1, N2)) {
            for (TileId each : GRID.tilesOf(node.node())) {
                bench.add(Address.ofShim(node, GRID, each), each.equals(tile) ? shim : new Shim());
            }
            bench.add(Reserved.NAME_FRONT.address(node, GRID), new NameFront(node, () -> leased, Optional.empty()));
            bench.tell(Reserved.NAME_FRONT.address(node, GRID), all);
        }
        for (int slice = 0; slice < Reserved.NAME_SLICES; slice++) {
            startOwner(slice);
        }
        bench.run(SECOND);
    }

    @Test
    void aRegisteredNameIsFoundThroughAnyFront() {
        assertThat(ask(FRONT_1, new RegisterName(A, "web", Flags.SINGLE))).isEqualTo(new NameRegistered());

        Entry entry = Entry.of("web", Flags.SINGLE, List.of(A));
        assertThat(ask(FRONT_1, new ResolveName("web"))).isEqualTo(new NameResolved(entry));
        assertThat(ask(FRONT_2, new ResolveName("web"))).isEqualTo(new NameResolved(entry));
        assertThat(ask(FRONT_2, NameProtocol.ListNames.matching("w*")))
                .isEqualTo(new NamesListed(List.of(entry), false));
        assertThat(ask(FRONT_2, NameProtocol.ListNames.matching("x*"))).isEqualTo(new NamesListed(List.of(), false));
    }

    @Test
    @Tag("N3")
    void whatCannotBeIsRefusedAndChangesNothing() {
        ask(FRONT_1, new RegisterName(A, "web", Flags.SINGLE));
        ask(FRONT_1, new RegisterName(A, "fleet", Flags.FLEET));

        assertThat(ask(FRONT_2, new RegisterName(B, "web", Flags.SINGLE))).isEqualTo(new Refused(NameError.NAME_TAKEN));
        assertThat(ask(FRONT_2, new RegisterName(B, "fleet", Flags.SINGLE)))
                .isEqualTo(new Refused(NameError.FLAGS_CONFLICT));
        assertThat(ask(FRONT_2, new RegisterName(B, "a b", Flags.SINGLE))).isEqualTo(new Refused(NameError.BAD_NAME));
        assertThat(ask(FRONT_2, new NameProtocol.DeleteName("none"))).isEqualTo(new Refused(NameError.NO_SUCH_NAME));
        assertThat(ask(FRONT_2, new NameProtocol.DeleteSpecificName("web", B)))
                .isEqualTo(new Refused(NameError.NO_SUCH_MAILBOX));
        assertThat(ask(FRONT_1, new ResolveName("web")))
                .isEqualTo(new NameResolved(Entry.of("web", Flags.SINGLE, List.of(A))));
    }

    @Test
    void anAutomaticNameIsNotDeniedBecauseItsTileCouldNotBeAsked() {
        NameFront front = new NameFront(N1, () -> leased, Optional.empty());
        front.on(all, 0);
        Address asker = new Address(CLIENT, 0, tile);
        ResolveName resolve = new ResolveName(A.toString());
        Envelope in = new Envelope(FRONT_1, asker, "user", Envelope.Kind.REQUEST, 1, 0, resolve, null);

        assertThat(front.on(in, 0))
                .singleElement()
                .isInstanceOfSatisfying(
                        Effect.Call.class,
                        ask -> assertThat(front.on(
                                        ask.continuation(), new Response.SendRefused(SendResult.QUEUE_FULL), 0))
                                .containsExactly(new Effect.Reply(asker, 1, new Refused(NameError.BUSY), null)));
    }

    @Test
    void aDeleteReturnsOnceEveryTileHasDroppedTheName() {
        ask(FRONT_1, new RegisterName(A, "web", Flags.SINGLE));
        assertThat(bind("web")).isEqualTo(Delegation.NameBound.single(A));
        bench.holdBack(envelope -> envelope.payload() instanceof Delegation.NameDropped);
        bench.ask(CLIENT, LATER, 0, FRONT_1, new NameProtocol.DeleteName("web"));
        bench.run(3 * SECOND);

        assertThat(shim.dropped).contains("web");
        assertThat(bench.answered(LATER)).isFalse();
        bench.release();
        bench.run(3 * SECOND);
        assertThat(bench.answer(LATER)).isEqualTo(new NameDeleted());
        assertThat(bind("web")).isEqualTo(new Delegation.NameUnbound());
    }

    @Test
    void aNegativeEntryIsDroppedBeforeARegisterReturns() {
        assertThat(bind("web")).isEqualTo(new Delegation.NameUnbound());
        assertThat(ask(FRONT_1, new RegisterName(A, "web", Flags.SINGLE))).isEqualTo(new NameRegistered());

        assertThat(shim.dropped).containsExactly("web");
        assertThat(bind("web")).isEqualTo(Delegation.NameBound.single(A));
    }

    @Test
    @Tag("N7")
    void theNearestMemberOfASetIsBound() {
        ask(FRONT_1, new RegisterName(A, "fleet", Flags.FLEET));
        ask(FRONT_1, new RegisterName(B, "fleet", Flags.FLEET));
        assertThat(bind("fleet")).isEqualTo(interchangeable(B, Delegation.UNLIMITED));

        ask(FRONT_1, new NameProtocol.DeleteSpecificName("fleet", B));
        assertThat(bind("fleet")).isEqualTo(interchangeable(A, Delegation.UNLIMITED));
    }

    @Test
    void anAnswerThatARecallHasOvertakenIsFetchedAgain() {
        bench.holdBack(envelope -> envelope.payload() instanceof OwnerProtocol.Answered answered && answered.held());
        bench.ask(CLIENT, 7, 6, FRONT_2, new ResolveName("web"));
        bench.run(SECOND / 2);
        assertThat(bench.heldBack()).isEqualTo(1);
        assertThat(askSoon(FRONT_1, new RegisterName(A, "web", Flags.SINGLE))).isEqualTo(new NameRegistered());
        bench.release();
        bench.run(SECOND);

        NameResolved there = new NameResolved(Entry.of("web", Flags.SINGLE, List.of(A)));
        assertThat(bench.answer(7)).isEqualTo(there);
        assertThat(ask(FRONT_2, new ResolveName("web"))).isEqualTo(there);
    }

    @Test
    void whatIsHeldIsAnsweredWithoutTheOwnerWhileTheNodeIsLeased() {
        ask(FRONT_2, new ResolveName("web"));
        for (int slice = 0; slice < Reserved.NAME_SLICES; slice++) {
            bench.remove(owner(slice));
        }
        assertThat(ask(FRONT_2, new ResolveName("web"))).isEqualTo(new Refused(NameError.NO_SUCH_NAME));

        leased = false;
        bench.ask(CLIENT, 7, 6, FRONT_2, new ResolveName("web"));
        bench.run(5 * SECOND);
        assertThat(bench.answered(7)).isFalse();
        bench.run(10 * SECOND);
        assertThat(bench.answer(7)).isEqualTo(new Refused(NameError.BUSY));
    }

    @Test
    @Tag("N10")
    void aWriteFindsTheOwnersSuccessorAndIsDoneOnce() {
        int slice = NameOwner.sliceOf("web");
        bench.holdBack(envelope -> envelope.payload() instanceof OwnerProtocol.Answered);
        bench.ask(CLIENT, 7, 6, FRONT_2, new RegisterName(A, "web", Flags.FLEET));
        bench.run(SECOND / 2); // Done, but nobody was told.
        bench.remove(owner(slice));
        bench.holdBack(envelope -> false);
        bench.run(3 * SECOND);
        startOwner(slice);
        bench.run(3 * SECOND);

        assertThat(bench.answer(7)).isEqualTo(new NameRegistered());
        assertThat(bench.journal(owner(slice)).stream().filter(OwnerLife.Decided.class::isInstance))
                .hasSize(1);
    }

    @Test
    @Tag("N10")
    void aSuccessorsFrontsHoldNothingThatItsPredecessorSaid() {
        ask(FRONT_2, new ResolveName("web"));
        assertThat(bind("web")).isEqualTo(new Delegation.NameUnbound());
        int slice = NameOwner.sliceOf("web");
        bench.remove(owner(slice));
        startOwner(slice);
        assertThat(ask(FRONT_1, new RegisterName(A, "web", Flags.SINGLE))).isEqualTo(new NameRegistered());

        assertThat(shim.dropped).containsExactly("web");
        assertThat(bind("web")).isEqualTo(Delegation.NameBound.single(A));
    }

    @Test
    void aFrontThatWasReplacedConfirmsNothingBeforeItsTilesHaveDroppedAll() {
        bind("web");
        bench.holdBack(envelope -> envelope.payload() instanceof Delegation.NameDropped);
        bench.add(FRONT_2, new NameFront(N2, () -> leased, Optional.empty()));
        bench.tell(FRONT_2, all);
        bench.ask(CLIENT, 7, 6, FRONT_1, new RegisterName(A, "web", Flags.SINGLE));
        bench.run(5 * SECOND);
        assertThat(bench.answered(7)).isFalse();

        bench.release();
        bench.run(3 * SECOND);
        assertThat(bench.answer(7)).isEqualTo(new NameRegistered());
    }

    @Test
    void aNameOfARemovedNodesMailboxIsFree() {
        ask(FRONT_1, new RegisterName(B, "web", Flags.SINGLE));
        Membership without = Members.without(all, N2, bench.nanos());
        for (int slice = 0; slice < Reserved.NAME_SLICES; slice++) {
            bench.tell(owner(slice), without);
        }
        bench.run(3 * SECOND);

        assertThat(ask(FRONT_1, new RegisterName(A, "web", Flags.SINGLE))).isEqualTo(new NameRegistered());
        assertThat(ask(FRONT_1, new ResolveName("web")))
                .isEqualTo(new NameResolved(Entry.of("web", Flags.SINGLE, List.of(A))));
    }

    @Test
    void anAutomaticNameIsAnsweredByItsTile() {
        assertThat(ask(FRONT_2, new ResolveName(A.toString())))
                .isEqualTo(new NameResolved(Entry.of(A.toString(), Flags.SINGLE, List.of(A))));
        assertThat(ask(FRONT_2, new ResolveName(B.toString()))).isEqualTo(new Refused(NameError.NO_SUCH_NAME));
        assertThat(ask(FRONT_2, NameProtocol.ListNames.matching("@*")))
                .isEqualTo(new NamesListed(List.of(Entry.of(A.toString(), Flags.SINGLE, List.of(A))), false));
        assertThat(bind(A.toString())).isEqualTo(Delegation.NameBound.single(A));
    }

    private static Delegation.NameBound interchangeable(Address member, int uses) {
        return new Delegation.NameBound(member, Delegation.Kind.INTERCHANGEABLE, uses);
    }

    private void startOwner(int slice) {
        OwnerLife life =
                new OwnerLife(new NameOwner(slice, N1), slice, N1, Reserved.nameOwner(slice), Reserved.NAME_FRONT);
        bench.journal(owner(slice)).forEach(life::apply);
        bench.add(owner(slice), life);
        bench.tell(owner(slice), all);
        bench.tell(owner(slice), new OwnerLife.SliceGranted());
    }

    private static Address owner(int slice) {
        return Reserved.nameOwner(slice).address(N1, GRID);
    }

    private Payload bind(String name) {
        return bench.call(shimAddress.client(), FRONT_2, new Delegation.BindName(name, tile, null, null));
    }

    private Payload ask(Address front, Payload request) {
        return bench.call(CLIENT, front, request);
    }

    private Payload askSoon(Address front, Payload request) {
        bench.ask(CLIENT, 8, 6, front, request);
        bench.run(SECOND / 2);
        return bench.answer(8);
    }

    @Test
    void aProgramThatAsksAsIfItWereATileStopsNobodysWrite() {
        ask(FRONT_2, new RegisterName(A, "web", Flags.SINGLE));
        bench.in("user");
        ClientId program = new ClientId(N2.node(), 1, 77);
        bench.add(new Address(program, 1, tile), new Deaf());
        bench.ask(program, 8, 6, FRONT_2, new Delegation.BindName("web", tile, null, null));
        bench.run(SECOND);

        bench.ask(CLIENT, LATER, LATER - 1, FRONT_1, new NameProtocol.DeleteName("web"));
        bench.run(60 * SECOND);

        assertThat(bench.answer(LATER)).isEqualTo(new NameDeleted());
    }

    @Test
    void aProgramThatSaysItOwnsASliceIsNotBelieved() {
        bench.in("user");
        ClientId program = new ClientId(N1.node(), 1, 77);
        OwnerProtocol.AnnounceOwner lie = new OwnerProtocol.AnnounceOwner(
                NameOwner.sliceOf("web"), Long.MAX_VALUE, new Address(program, 1, tile));
        bench.ask(program, 8, 6, FRONT_1, lie);
        bench.run(SECOND);

        assertThat(ask(FRONT_1, new RegisterName(A, "web", Flags.SINGLE))).isEqualTo(new NameRegistered());
    }

    @Test
    void theSystemsNamespaceIsTheSystems() {
        assertThat(ask(FRONT_1, new NameProtocol.ClaimNamespace("sys:*")))
                .isEqualTo(new NameProtocol.NamespaceClaimed());
        ask(FRONT_1, new RegisterName(A, "sys:fs", Flags.FLEET));
        bench.in("user");

        assertThat(ask(FRONT_1, new RegisterName(A, "sys:mine", Flags.SINGLE)))
                .isEqualTo(new Refused(NameError.PERMISSION_DENIED));
        assertThat(ask(FRONT_1, new NameProtocol.DeleteName("sys:fs")))
                .isEqualTo(new Refused(NameError.PERMISSION_DENIED));
    }

    @Test
    @Tag("N4")
    void onlyTheClaimantsDomainMayUseItsNamespaceInWhicheverSliceANameLies() {
        assertThat(askAs("user", FRONT_1, new NameProtocol.ClaimNamespace("web:*")))
                .isEqualTo(new NameProtocol.NamespaceClaimed());

        for (int i = 0; i < 20; i++) {
            assertThat(askAs("other", FRONT_2, new RegisterName(A, "web:" + i, Flags.FLEET)))
                    .isIn(new Refused(NameError.PERMISSION_DENIED), new Refused(NameError.NO_SUCH_MAILBOX));
            assertThat(askAs("user", FRONT_2, new RegisterName(A, "web:" + i, Flags.FLEET)))
                    .isEqualTo(new NameRegistered());
            assertThat(askAs("other", FRONT_2, new NameProtocol.SetPolicy("web:" + i, Policy.RANDOM)))
                    .isEqualTo(new Refused(NameError.PERMISSION_DENIED));
            assertThat(askAs("other", FRONT_2, new NameProtocol.DeleteName("web:" + i)))
                    .isEqualTo(new Refused(NameError.PERMISSION_DENIED));
        }
        assertThat(askAs("other", FRONT_2, new NameProtocol.ClaimNamespace("web:inner:*")))
                .isEqualTo(new Refused(NameError.PERMISSION_DENIED));
        assertThat(askAs("other", FRONT_2, new NameProtocol.ClaimNamespace("web:*")))
                .isEqualTo(new Refused(NameError.PERMISSION_DENIED));
        assertThat(askAs("other", FRONT_2, new NameProtocol.ReleaseNamespace("web:*")))
                .isEqualTo(new Refused(NameError.PERMISSION_DENIED));
        assertThat(askAs("user", FRONT_2, new NameProtocol.ReleaseNamespace("web:*")))
                .isEqualTo(new NameProtocol.NamespaceReleased());
        for (int i = 0; i < 20; i++) {
            assertThat(askAs("other", FRONT_1, new NameProtocol.DeleteName("web:" + i)))
                    .isEqualTo(new NameDeleted());
        }
    }

    @Test
    @Tag("N4")
    void aClaimReturnsOnceEverySliceKnowsIt() {
        bench.holdBack(envelope -> envelope.payload() instanceof DirectoryProtocol.AwaitClaims
                || (envelope.payload() instanceof OwnerProtocol.Forwarded forwarded
                        && forwarded.request() instanceof DirectoryProtocol.AwaitClaims));
        bench.ask(CLIENT, LATER, 0, FRONT_1, new NameProtocol.ClaimNamespace("web:*"));
        bench.run(SECOND);

        assertThat(bench.answered(LATER)).isFalse();
        bench.release();
        bench.run(3 * SECOND);
        assertThat(bench.answer(LATER)).isEqualTo(new NameProtocol.NamespaceClaimed());
    }

    @Test
    @Tag("N4")
    @Tag("N10")
    void aClaimSurvivesItsOwners() {
        askAs("user", FRONT_1, new NameProtocol.ClaimNamespace("web:*"));
        for (int slice = 0; slice < Reserved.NAME_SLICES; slice++) {
            bench.remove(owner(slice));
            startOwner(slice);
        }
        bench.run(3 * SECOND);

        for (int i = 0; i < 8; i++) {
            assertThat(askAs("other", FRONT_2, new NameProtocol.SetPolicy("web:" + i, Policy.RANDOM)))
                    .isEqualTo(new Refused(NameError.PERMISSION_DENIED));
        }
    }

    @Test
    @Tag("N3")
    void aMailboxThatIsNotThereOrAnothersGetsNoName() {
        Address none = new Address(A.client(), 2000, A.tile());

        assertThat(ask(FRONT_1, new RegisterName(none, "web", Flags.SINGLE)))
                .isEqualTo(new Refused(NameError.NO_SUCH_MAILBOX));
        assertThat(askAs("other", FRONT_1, new RegisterName(A, "web", Flags.SINGLE)))
                .isEqualTo(new Refused(NameError.NO_SUCH_MAILBOX));
        assertThat(askAs("user", FRONT_1, new RegisterName(A, "web", Flags.SINGLE)))
                .isEqualTo(new NameRegistered());
    }

    @Test
    @Tag("N6")
    void aMailboxThatHasMovedKeepsItsNameThoughTheNodeThatMadeItIsRemoved() {
        Address moved = new Address(B.client(), B.mailbox(), A.tile());
        ask(FRONT_1, new RegisterName(B, "kept", Flags.SINGLE));
        ask(FRONT_1, new RegisterName(moved, "kept", Flags.SINGLE));
        ask(FRONT_1, new RegisterName(B, "kept", Flags.SINGLE)); // Late, of before the move.
        removeN2();

        assertThat(ask(FRONT_1, new ResolveName("kept")))
                .isInstanceOfSatisfying(
                        NameResolved.class,
                        resolved -> assertThat(resolved.entry().mailboxes())
                                .singleElement()
                                .isEqualTo(moved)
                                .extracting(Address::tile)
                                .isEqualTo(A.tile()));
        assertThat(bench.call(B.client(), FRONT_1, new RegisterName(moved, "more", Flags.SINGLE)))
                .isEqualTo(new NameRegistered());
    }

    private void removeN2() {
        Membership without = Members.without(all, N2, bench.nanos());
        bench.tell(FRONT_1, without);
        for (int slice = 0; slice < Reserved.NAME_SLICES; slice++) {
            bench.tell(owner(slice), without);
        }
        bench.run(10 * SECOND);
    }

    @Test
    @Tag("N10")
    void theMailboxesOfARemovedNodeAreDropped() {
        ask(FRONT_1, new RegisterName(B, "gone", Flags.SINGLE));
        ask(FRONT_1, new RegisterName(A, "left", Flags.FLEET));
        ask(FRONT_1, new RegisterName(B, "left", Flags.FLEET));
        ask(FRONT_1, new ResolveName("gone"));
        removeN2();

        assertThat(ask(FRONT_1, new ResolveName("gone"))).isEqualTo(new Refused(NameError.NO_SUCH_NAME));
        assertThat(ask(FRONT_1, new ResolveName("left")))
                .isEqualTo(new NameResolved(Entry.of("left", Flags.FLEET, List.of(A))));
    }

    @Test
    @Tag("N10")
    void aClientThatEndsAsItsOwnerIsReplacedGetsNoName() {
        int slice = NameOwner.sliceOf("web");
        bench.holdBack(NameFleetTest::registers);
        bench.ask(CLIENT, 7, 6, FRONT_1, new RegisterName(A, "web", Flags.SINGLE));
        bench.run(SECOND / 2); // Its mailbox was there, and the owner has yet to hear of it.
        ended.add(A.client());
        assertThat(ask(FRONT_2, new NameProtocol.ForgetClient(A.client())))
                .isEqualTo(new NameProtocol.ClientForgotten());
        bench.remove(owner(slice));
        bench.release();
        startOwner(slice); // Which does not know whom its predecessor was told of.
        bench.run(20 * SECOND);

        assertThat(ask(FRONT_2, new ResolveName("web"))).isEqualTo(new Refused(NameError.NO_SUCH_NAME));
        assertThat(bench.answered(7))
                .as("whether the predecessor did it nobody knows")
                .isFalse();
    }

    private static boolean registers(Envelope envelope) {
        return envelope.payload() instanceof OwnerProtocol.Forwarded forwarded
                && forwarded.request() instanceof DirectoryProtocol.RegisterFound;
    }

    @Test
    @Tag("N10")
    void theNamesOfAClientGoWithTheNodeThatItHasMovedTo() {
        ask(FRONT_1, new RegisterName(A, "web", Flags.SINGLE));
        assertThat(ask(FRONT_1, movedToN2(1))).isEqualTo(new NameProtocol.MoveNoted());
        assertThat(ask(FRONT_1, movedToN1(0))).as("told late").isEqualTo(new NameProtocol.MoveNoted());
        assertThat(ask(FRONT_1, new ResolveName("web")))
                .isEqualTo(new NameResolved(Entry.of("web", Flags.SINGLE, List.of(A))));
        removeN2();

        assertThat(ask(FRONT_1, new ResolveName("web"))).isEqualTo(new Refused(NameError.NO_SUCH_NAME));
    }

    @Test
    @Tag("N10")
    void aClientThatHasMovedOnInTimeKeepsItsNames() {
        ask(FRONT_1, new RegisterName(A, "web", Flags.SINGLE));
        ask(FRONT_1, movedToN2(1));
        ask(FRONT_1, movedToN1(2));
        removeN2();
        bench.run(20 * SECOND);

        assertThat(ask(FRONT_1, new ResolveName("web")))
                .isEqualTo(new NameResolved(Entry.of("web", Flags.SINGLE, List.of(A))));
    }

    @Test
    @Tag("N10")
    void aRegistrationThatAMoveOvertakesIsForWhereTheClientWent() {
        bench.holdBack(NameFleetTest::registers);
        bench.ask(CLIENT, 7, 6, FRONT_1, new RegisterName(A, "web", Flags.SINGLE));
        bench.run(SECOND / 2);
        ask(FRONT_1, movedToN2(1));
        bench.release();
        bench.run(SECOND);
        assertThat(bench.answer(7)).isEqualTo(new NameRegistered());
        removeN2();

        assertThat(ask(FRONT_1, new ResolveName("web"))).isEqualTo(new Refused(NameError.NO_SUCH_NAME));
    }

    @Test
    @Tag("N10")
    void theNamesOfAClientWhoseNodeIsGoneAsItsMoveIsToldGoLater() {
        ask(FRONT_1, new RegisterName(A, "web", Flags.SINGLE));
        removeN2();
        ask(FRONT_1, movedToN2(1));
        assertThat(ask(FRONT_1, new ResolveName("web")))
                .as("it may have moved on, and be about to say so")
                .isEqualTo(new NameResolved(Entry.of("web", Flags.SINGLE, List.of(A))));
        bench.run(20 * SECOND);

        assertThat(ask(FRONT_1, new ResolveName("web"))).isEqualTo(new Refused(NameError.NO_SUCH_NAME));
    }

    @Test
    @Tag("N6")
    void aMailboxThatSaysWhereItIsAfterItsMoveWasToldIsSoughtThere() {
        ask(FRONT_1, new RegisterName(A, "web", Flags.SINGLE));
        ask(FRONT_1, movedToN2(1));
        Address moved = new Address(A.client(), A.mailbox(), B.tile());
        ask(FRONT_2, new RegisterName(moved, "web", Flags.SINGLE));

        assertThat(ask(FRONT_1, new ResolveName("web")))
                .isInstanceOfSatisfying(
                        NameResolved.class,
                        resolved -> assertThat(resolved.entry().mailboxes())
                                .extracting(Address::tile)
                                .containsExactly(B.tile()));
    }

    private static NameProtocol.NoteMoved movedToN2(int moves) {
        return new NameProtocol.NoteMoved(A.client(), new Place(N2, B.tile(), moves));
    }

    private static NameProtocol.NoteMoved movedToN1(int moves) {
        return new NameProtocol.NoteMoved(A.client(), new Place(N1, A.tile(), moves));
    }

    @Test
    @Tag("N7")
    void aMemberIsChosenAsTheSetsPolicySays() {
        ask(FRONT_1, new RegisterName(A, "fleet", Flags.FLEET));
        ask(FRONT_1, new RegisterName(B, "fleet", Flags.FLEET));
        List<Policy> asked = new ArrayList<>();
        bench.device((request, done) -> {
            MemberChoice.ChooseMember choose = (MemberChoice.ChooseMember) request;
            asked.add(choose.policy());
            done.accept(new MemberChoice.MemberChosen(choose.members().getFirst()));
        });
        ask(FRONT_1, new NameProtocol.SetPolicy("fleet", Policy.ROUND_ROBIN));

        Delegation.NameBound bound = (Delegation.NameBound) bind("fleet");
        assertThat(bound.mailbox()).isEqualTo(A);
        assertThat(bound.uses()).isBetween(1, 100);
        assertThat(asked).containsExactly(Policy.ROUND_ROBIN);
        bench.device((request, done) -> {}); // A router that says nothing holds up nobody.
        assertThat(bind("fleet")).isEqualTo(interchangeable(B, bound.uses()));
        assertThat(ask(FRONT_1, new NameProtocol.SetPolicy("none", Policy.RANDOM)))
                .isEqualTo(new Refused(NameError.NO_SUCH_NAME));
    }

    @Test
    @Tag("N7")
    void aTileStaysWithItsMemberOfAStatefulSet() {
        Flags stateful = new Flags(true, false);
        ask(FRONT_1, new RegisterName(A, "fleet", stateful));
        ask(FRONT_1, new RegisterName(B, "fleet", stateful));
        var again = new Delegation.BindName("fleet", tile, A, null);

        assertThat(bench.call(shimAddress.client(), FRONT_2, again))
                .isEqualTo(new Delegation.NameBound(A, Delegation.Kind.STATEFUL, Delegation.UNLIMITED));
        ask(FRONT_1, new NameProtocol.DeleteSpecificName("fleet", A));
        assertThat(bench.call(shimAddress.client(), FRONT_2, again))
                .isEqualTo(new Delegation.NameBound(B, Delegation.Kind.STATEFUL, Delegation.UNLIMITED));
    }

    @Test
    @Tag("N8")
    void aMemberThatDoesNotAnswerIsLeftOutForAWhile() {
        ask(FRONT_1, new RegisterName(A, "fleet", Flags.FLEET));
        ask(FRONT_1, new RegisterName(B, "fleet", Flags.FLEET));
        assertThat(bind("fleet")).isEqualTo(interchangeable(B, Delegation.UNLIMITED));
        bench.ask(shimAddress.client(), 0, 0, FRONT_2, new Delegation.SuspectMember("fleet", B));
        bench.run(SECOND);

        assertThat(shim.dropped).contains("fleet");
        assertThat(((Delegation.NameBound) bind("fleet")).mailbox()).isEqualTo(A);
        bench.run(20 * SECOND);
        assertThat(((Delegation.NameBound) bind("fleet")).mailbox()).isEqualTo(B);
    }

    @Test
    void aLongListingComesInPages() {
        for (int i = 0; i < 1200; i++) {
            bench.ask(CLIENT, 10_000 + i, 0, FRONT_1, new RegisterName(A, String.format("many:%04d", i), Flags.SINGLE));
        }
        ask(FRONT_1, new RegisterName(A, "other", Flags.SINGLE));
        List<String> names = new ArrayList<>();
        NamesListed page = (NamesListed) ask(FRONT_2, NameProtocol.ListNames.matching("many:*"));
        while (page.more()) {
            page.entries().forEach(entry -> names.add(entry.name()));
            page = (NamesListed) ask(FRONT_2, new NameProtocol.ListNames("many:*", names.getLast()));
        }
        page.entries().forEach(entry -> names.add(entry.name()));

        assertThat(names).hasSize(1200).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void hitsAndMissesAreCountedByLevel() {
        ask(FRONT_1, new RegisterName(A, "web", Flags.SINGLE));
        bind("web");
        bind("web");
        bind("none");

        int tiles = GRID.tilesPerNode();
        assertThat(ask(FRONT_2, new NameProtocol.ReportCaches()))
                .isEqualTo(new NameProtocol.CachesReported(
                        new NameProtocol.Count(3L * tiles, tiles),
                        new NameProtocol.Count(1, 2),
                        new NameProtocol.Count(1, 1)));
    }

    private Payload askAs(String domain, Address front, Payload request) {
        bench.in(domain);
        Payload answer = ask(front, request);
        bench.in("sys:test");
        return answer;
    }

    /** A program's mailbox to a server: it never answers. */
    private static final class Deaf implements Server {
        @Override
        public List<Effect> on(Envelope in, long nanos) {
            return List.of();
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }
}
