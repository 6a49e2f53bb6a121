package org.factoredos.lib;

import java.io.IOException;
import org.factoredos.placement.ProcessId;

/**
 * The memory of one process (§3.3): regions of frames of its node, which its microkernel maps at virtual addresses.
 *
 * <p>For the process's own thread alone, as all of {@link Fos}. Numbers lie in memory with their lowest byte first. An access
 * to where nothing is mapped, or a write to what is mapped read-only, ends the process with status 139, after a line that says so. What
 * a process has not freed is freed as it ends.
 */
public interface Memory {
    /**
     * Memory that was got by one call.
     *
     * @param address of its first byte; the others follow
     * @param bytes a multiple of {@link #PAGE_BYTES}
     */
    record Region(long number, long address, long bytes, boolean writable) {}

    int PAGE_BYTES = 4096;

    /** At least so many bytes, all zero. */
    Region allocate(long bytes) throws IOException;

    /** Nothing is mapped there any more; the frames are free when nobody else shares them. */
    void free(Region region) throws IOException;

    /** What the process has, in the order in which it got it. */
    Iterable<Region> regions();

    /**
     * Lets another process of this node map the region too, until it is freed here. What is returned has to be sent to it; it
     * keeps what it has mapped until it frees it itself.
     */
    SharedMemory share(Region region, ProcessId with, boolean writable) throws IOException;

    /** Maps what another process has shared with this one. */
    Region map(SharedMemory shared) throws IOException;

    byte getByte(long address);

    void putByte(long address, byte value);

    int getInt(long address);

    void putInt(long address, int value);

    long getLong(long address);

    void putLong(long address, long value);

    /** Copies {@code length} bytes from {@code address} on. */
    void read(long address, byte[] to, int offset, int length);

    void write(long address, byte[] from, int offset, int length);

    /**
     * Atomic, also for whoever shares the memory, and with the order of volatile accesses.
     *
     * @param address a multiple of 4
     * @return whether {@code expected} stood there, and {@code value} does now
     */
    boolean compareAndSet(long address, int expected, int value);

    /** Likewise; {@code address} is a multiple of 8. */
    boolean compareAndSet(long address, long expected, long value);

    /** Likewise; returns what stood there before. With 0 it is a volatile read. */
    long getAndAdd(long address, long delta);
}
