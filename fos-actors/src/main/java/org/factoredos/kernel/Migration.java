package org.factoredos.kernel;

import org.factoredos.grid.TileId;

/**
 * What microkernels and their supervisors say to each other when a client moves (§3.1.1, §3.4).
 *
 * <p>The tile that it leaves alone decides: it packs the client, which runs nowhere from then on, and installs it on the
 * other tile, where it waits. Only then it activates it there, and from that moment never lets it go on here unless the
 * other tile says that it was not installed. So it runs in one place at most, whatever is lost and whoever dies; where it
 * is lost with a node, its end is told as any other.
 */
public interface Migration {
    /** Why a client stays where it is. */
    enum Obstacle {
        /** It is no client of this tile. */
        NOT_HERE,
        /** It is a server that boot placed, or a thread that is to go to another node. */
        NOT_MIGRATABLE,
        /** It is on its way already, or does not come to an end with what it waits for. */
        BUSY,
        /** The other tile has its client. */
        TILE_TAKEN,
        /** The other tile cannot run it, or cannot be reached. */
        NOT_TAKEN,
        /** The other node was lost as it moved, and it with that. */
        LOST
    }

    /** To the microkernel of its tile: let it move to the tile whose microkernel is {@code to}. */
    record MoveClient(ClientId client, Address to, Address supervisorThere) implements Payload.Request<MoveReply> {}

    sealed interface MoveReply extends Payload {}

    /** It runs there. */
    record ClientMoved(Place place) implements MoveReply {}

    /** It runs where it did; but see {@link Obstacle#LOST}. */
    record MoveFailed(Obstacle obstacle, String why) implements MoveReply {}

    /** From tile to tile: keep this ready. {@code ageNanos}: how long it has run. */
    record InstallClient(PackedClient packed, Payload spec, Address supervisor, long ageNanos)
            implements Payload.Request<InstallReply> {
        @Override
        public int bytes() {
            return 128 + packed.bytes() + spec.bytes();
        }
    }

    sealed interface InstallReply extends Payload {}

    record ClientInstalled(Place place) implements InstallReply {}

    record TileTaken() implements InstallReply {}

    record InstallFailed(String why) implements InstallReply {}

    /** From tile to tile: run it. May be said again. */
    record ActivateClient(ClientId client, int moves) implements Payload.Request<ActivateReply> {}

    sealed interface ActivateReply extends Payload {}

    /** It has run here, if it does not any more. */
    record ClientActivated() implements ActivateReply {}

    /** It has not, and will not. */
    record NotInstalled() implements ActivateReply {}

    /** Back to the tile that it left: what has become of that? */
    record AskMove(ClientId client, int moves) implements Payload.Request<AskReply> {}

    sealed interface AskReply extends Payload {}

    record MoveStands() implements AskReply {}

    /** It will not be activated. */
    record MoveIsOver() implements AskReply {}

    /**
     * To the new supervisor, and again when someone asks what runs, until it is noted: this client runs here now, after so many
     * moves.
     */
    record ClientArrived(Delegation.RunningClient client, TileId tile, int moves)
            implements Payload.Request<ArrivalNoted> {
        @Override
        public int bytes() {
            return 128 + client.spec().bytes();
        }
    }

    record ArrivalNoted() implements Payload {}

    /**
     * To the supervisor that it had, and again when someone asks what runs, until it is noted: this client has gone to that place
     * on another node. Should that be lost before anybody there could say whom it had, who let the client go is left to say it.
     */
    record ClientDeparted(ClientId client, Place to) implements Payload.Request<DepartureNoted> {}

    record DepartureNoted() implements Payload {}

    /** Back to the node that made it: nobody need know any more where it is. Where this is lost, that is remembered in vain. */
    record GuestEnded(ClientId client) implements Payload {}

    /** To any microkernel: what does your node know of this client? */
    record FindClient(ClientId client) implements Payload.Request<FindReply> {}

    sealed interface FindReply extends Payload {}

    /** It is there, or was told to be. */
    record ClientSeen(Place place) implements FindReply {}

    /** It is between two places. */
    record ClientIsMoving() implements FindReply {}

    record ClientUnknown() implements FindReply {}

    /** It has ended. */
    record ClientIsOver() implements FindReply {}

    /**
     * To the name server: where is this client, whose place I know no longer? Answered when it is found, or when that takes too
     * long. {@code misses}: how often in a row it was not where it was found, so that it moves about as fast as that.
     */
    record LocateClient(ClientId client, int misses) implements Payload.Request<LocateReply> {}

    sealed interface LocateReply extends Payload {}

    record ClientLocated(Place place) implements LocateReply {}

    /** No member has it. */
    record ClientIsNowhere() implements LocateReply {}

    /** Nobody can say now. */
    record LocateFailed() implements LocateReply {}
}
