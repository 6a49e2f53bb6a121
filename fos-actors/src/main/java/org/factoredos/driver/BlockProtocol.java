package org.factoredos.driver;

import java.util.List;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;

/**
 * What a block driver may be asked: to keep versions of chunks, each written once and never changed.
 *
 * <p>So a half-done write harms nobody, for no map names its version, and the driver needs to know nothing about owners.
 */
public interface BlockProtocol {
    /** The most bytes of one chunk. Large enough for a disk's full speed, small enough to rewrite for one changed byte. */
    int CHUNK_BYTES = 64 * 1024;

    sealed interface Request<R extends Reply> extends Payload.Request<R> {}

    sealed interface Reply extends Payload {}

    /**
     * One version of one chunk of one file.
     *
     * @param index which chunk of the file, from 0
     * @param epoch under which owner of the volume's slice it was written
     * @param counter tells the versions of one epoch apart
     */
    record ChunkId(String volume, long file, long index, long epoch, long counter) {}

    /**
     * Stores one version of a chunk.
     *
     * @param checksum the CRC32C of {@code data}, made where the data was
     */
    record PutChunk(ChunkId chunk, Bytes data, int checksum) implements Request<PutReply> {
        @Override
        public int bytes() {
            return 96 + data.length();
        }
    }

    record GetChunk(ChunkId chunk) implements Request<GetReply> {}

    /** Forgets versions that no map names; one that is not there is no error. */
    record DropChunks(List<ChunkId> chunks) implements Request<DropReply> {
        public DropChunks {
            chunks = List.copyOf(chunks);
        }

        @Override
        public int bytes() {
            return 64 + 64 * chunks.size();
        }
    }

    /**
     * Answered when every version that was put, and answered, before would survive a loss of power; refused where one of
     * {@code chunks} is not there, for an earlier loss of power took it.
     */
    record SyncChunks(List<ChunkId> chunks) implements Request<SyncReply> {
        public SyncChunks {
            chunks = List.copyOf(chunks);
        }

        @Override
        public int bytes() {
            return 64 + 64 * chunks.size();
        }
    }

    /** Which of {@code chunks} this disk does not hold; nobody reads their bytes. */
    record LookForChunks(List<ChunkId> chunks) implements Request<LookReply> {
        public LookForChunks {
            chunks = List.copyOf(chunks);
        }

        @Override
        public int bytes() {
            return 64 + 64 * chunks.size();
        }
    }

    /**
     * Which of {@code chunks} this disk does not hold as they were put: their bytes are read and compared with their
     * checksums.
     */
    record VerifyChunks(List<ChunkId> chunks) implements Request<LookReply> {
        public VerifyChunks {
            chunks = List.copyOf(chunks);
        }

        @Override
        public int bytes() {
            return 64 + 64 * chunks.size();
        }
    }

    /** How full this disk is. */
    record ReportSpace() implements Request<SpaceReply> {}

    sealed interface PutReply extends Reply {}

    sealed interface GetReply extends Reply {}

    sealed interface DropReply extends Reply {}

    sealed interface SyncReply extends Reply {}

    sealed interface LookReply extends Reply {}

    sealed interface SpaceReply extends Reply {}

    /** It would survive the end of the process. */
    record ChunkPut() implements PutReply {}

    record ChunkRead(Bytes data, int checksum) implements GetReply {
        @Override
        public int bytes() {
            return 64 + data.length();
        }
    }

    record ChunksDropped() implements DropReply {}

    record ChunksSynced() implements SyncReply {}

    record ChunksLookedFor(List<ChunkId> missing) implements LookReply {
        public ChunksLookedFor {
            missing = List.copyOf(missing);
        }

        @Override
        public int bytes() {
            return 64 + 64 * missing.size();
        }
    }

    /**
     * How full it is.
     *
     * @param freeBytes for chunks: without what is kept for the disk itself
     */
    record SpaceReported(long totalBytes, long freeBytes) implements SpaceReply {}

    record Refused(BlockError error) implements PutReply, GetReply, DropReply, SyncReply, LookReply, SpaceReply {}
}
