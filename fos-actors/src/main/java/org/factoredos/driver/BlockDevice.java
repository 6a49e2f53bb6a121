package org.factoredos.driver;

import java.util.List;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.driver.BlockProtocol.DropReply;
import org.factoredos.driver.BlockProtocol.GetReply;
import org.factoredos.driver.BlockProtocol.LookReply;
import org.factoredos.driver.BlockProtocol.PutReply;
import org.factoredos.driver.BlockProtocol.SpaceReply;
import org.factoredos.driver.BlockProtocol.SyncReply;
import org.factoredos.kernel.Bytes;
import org.factoredos.server.DeviceRequest;

/** What a {@link BlockDriver} asks of its disk. The disk keeps checksums; what leaves it the driver compares. */
public sealed interface BlockDevice {
    record Put(ChunkId chunk, Bytes data, int checksum) implements BlockDevice, DeviceRequest<PutReply> {}

    record Get(ChunkId chunk) implements BlockDevice, DeviceRequest<GetReply> {}

    record Drop(List<ChunkId> chunks) implements BlockDevice, DeviceRequest<DropReply> {}

    record Sync(List<ChunkId> chunks) implements BlockDevice, DeviceRequest<SyncReply> {}

    record Verify(List<ChunkId> chunks) implements BlockDevice, DeviceRequest<LookReply> {}

    record Space() implements BlockDevice, DeviceRequest<SpaceReply> {}

    record Look(List<ChunkId> chunks) implements BlockDevice, DeviceRequest<LookReply> {}
}
