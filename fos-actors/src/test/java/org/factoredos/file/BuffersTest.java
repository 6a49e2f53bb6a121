package org.factoredos.file;

import static org.assertj.core.api.Assertions.assertThat;

import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.kernel.Bytes;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a front keeps of the chunks that it has read. */
@Tag("O5")
class BuffersTest {
    private final Buffers buffers = new Buffers(3 * 1256);

    private static ChunkId chunk(long counter) {
        return new ChunkId("/tmp", 17, 0, 1, counter);
    }

    @Test
    void whatWasNotUsedForLongestMakesRoom() {
        for (int i = 1; i <= 3; i++) {
            buffers.put(chunk(i), Bytes.owning(new byte[1000]));
        }
        assertThat(buffers.get(chunk(1), 1000)).isNotNull();
        buffers.put(chunk(4), Bytes.owning(new byte[1000]));

        assertThat(buffers.get(chunk(2), 1)).isNull();
        assertThat(buffers.get(chunk(1), 1)).isNotNull();
        assertThat(buffers.usedBytes()).isEqualTo(3 * 1256);
    }

    @Test
    void anotherVersionIsAnotherChunkAndAShortOneIsNoAnswer() {
        buffers.put(chunk(1), Bytes.utf8("text"));
        assertThat(buffers.get(chunk(2), 1)).isNull();
        assertThat(buffers.get(chunk(1), 5)).isNull();
        buffers.put(chunk(1), Bytes.utf8("text"));
        assertThat(buffers.usedBytes()).isEqualTo(260);
    }

    @Test
    void whatManyReadComesFromADiskOnce() {
        FileWorld world = new FileWorld(1);
        FileProtocol.FileId file = ((FileProtocol.FileOpened)
                        world.call(new FileProtocol.OpenFile("/tmp/a", FileProtocol.OpenMode.CREATE)))
                .status()
                .id();
        world.call(new FileProtocol.WriteFile(file, 0, Bytes.utf8("text")));
        for (int i = 0; i < 5; i++) {
            assertThat(world.call(new FileProtocol.ReadFile(file, 0, 10)))
                    .isEqualTo(new FileProtocol.FileRead(Bytes.utf8("text")));
        }
        assertThat(world.diskReads).isEqualTo(1);
        world.call(new FileProtocol.WriteFile(file, 0, Bytes.utf8("T")));
        assertThat(world.call(new FileProtocol.ReadFile(file, 0, 10)))
                .isEqualTo(new FileProtocol.FileRead(Bytes.utf8("Text")));
    }
}
