package org.factoredos.driver;

import java.util.List;
import org.factoredos.driver.BlockProtocol.ChunkRead;
import org.factoredos.driver.BlockProtocol.DropChunks;
import org.factoredos.driver.BlockProtocol.GetChunk;
import org.factoredos.driver.BlockProtocol.LookForChunks;
import org.factoredos.driver.BlockProtocol.PutChunk;
import org.factoredos.driver.BlockProtocol.Refused;
import org.factoredos.driver.BlockProtocol.Reply;
import org.factoredos.driver.BlockProtocol.ReportSpace;
import org.factoredos.driver.BlockProtocol.Request;
import org.factoredos.driver.BlockProtocol.SyncChunks;
import org.factoredos.driver.BlockProtocol.VerifyChunks;
import org.factoredos.kernel.Envelope;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.DeviceRequest;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.server.Server;

/**
 * The driver of one node's disk (§3.3): the only client that touches it.
 *
 * <p>It keeps nothing between two requests. What it adds to the disk is the checksum's examination on both ways, so that
 * bytes which were damaged on a wire or on the disk are an error and never an answer.
 */
public final class BlockDriver implements Server {
    /** A disk that has been silent for so long has failed, as far as anyone who waits for it is concerned. */
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    /** An operation of the disk; {@code call} waits for what comes of it. */
    record AwaitingDisk(Call<Reply> call) implements Continuation {}

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        if (!(in.payload() instanceof Request<?> request) || in.kind() != Envelope.Kind.REQUEST || !in.fromSystem()) {
            return List.of(); // The disk is the file fleet's; nobody waits for an answer to a plain message.
        }
        Call<Reply> call = new Call<>(in.from(), in.call(), in.settled(), in.trace());
        return switch (request) {
            case PutChunk put -> put(call, put);
            case GetChunk(var chunk) -> ask(call, new BlockDevice.Get(chunk));
            case DropChunks(var chunks) -> ask(call, new BlockDevice.Drop(chunks));
            case SyncChunks(var chunks) -> ask(call, new BlockDevice.Sync(chunks));
            case LookForChunks(var chunks) -> ask(call, new BlockDevice.Look(chunks));
            case VerifyChunks(var chunks) -> ask(call, new BlockDevice.Verify(chunks));
            case ReportSpace report -> ask(call, new BlockDevice.Space());
        };
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        if (!(continuation instanceof AwaitingDisk(var call))) {
            throw new IllegalStateException("not parked by a block driver: " + continuation);
        }
        return List.of(call.reply(
                switch (response) {
                    case Response.Answered(ChunkRead read) -> examined(read);
                    case Response.Answered(Reply reply) -> reply;
                    case Response.Answered(var other) -> throw new IllegalStateException("no disk says " + other);
                    // The table of continuations is full: the disk was not asked.
                    case Response.SendRefused refused -> new Refused(BlockError.BUSY);
                    // A version that is on the disk after all is mapped by nobody.
                    case Response.DeadlinePassed passed -> new Refused(BlockError.IO);
                }));
    }

    private static List<Effect> put(Call<Reply> call, PutChunk put) {
        if (put.data().length() > BlockProtocol.CHUNK_BYTES) {
            return List.of(call.reply(new Refused(BlockError.TOO_LARGE)));
        }
        if (put.data().crc32c() != put.checksum()) {
            return List.of(call.reply(new Refused(BlockError.CORRUPT)));
        }
        return ask(call, new BlockDevice.Put(put.chunk(), put.data(), put.checksum()));
    }

    private static Reply examined(ChunkRead read) {
        return read.data().crc32c() == read.checksum() ? read : new Refused(BlockError.CORRUPT);
    }

    private static List<Effect> ask(Call<Reply> call, DeviceRequest<?> request) {
        return List.of(new Effect.Device(request, new AwaitingDisk(call), PATIENCE_NANOS));
    }
}
