package org.factoredos.file;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.kernel.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Chunks that a front has read lately, so that what many read comes from a disk once for each node.
 *
 * <p>A version of a chunk never changes, and which version counts the owner says at every read: what is held here can be
 * of no use any more, but never wrong. The chunk that was not used for longest makes room.
 */
final class Buffers {
    /** What a chunk costs beside its bytes. */
    private static final long OVERHEAD_BYTES = 256;

    private final long capacityBytes;
    private final SequencedMap<ChunkId, Bytes> chunks = new LinkedHashMap<>();
    private long usedBytes;

    /** @param capacityBytes of chunks and of what holding them costs */
    Buffers(long capacityBytes) {
        this.capacityBytes = capacityBytes;
    }

    /** At least {@code length} bytes of it; null where that is not here. */
    @Nullable
    Bytes get(ChunkId chunk, int length) {
        Bytes data = chunks.get(chunk);
        if (data == null || data.length() < length) {
            return null;
        }
        chunks.putLast(chunk, data);
        return data;
    }

    /** {@code data} fits its checksum. */
    void put(ChunkId chunk, Bytes data) {
        Bytes before = chunks.putLast(chunk, data);
        usedBytes += size(data) - (before == null ? 0 : size(before));
        while (usedBytes > capacityBytes) {
            usedBytes -= size(chunks.pollFirstEntry().getValue());
        }
    }

    private static long size(Bytes data) {
        return data.length() + OVERHEAD_BYTES;
    }

    long usedBytes() {
        return usedBytes;
    }
}
