package org.factoredos.lib;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.PageTable;
import org.factoredos.kernel.PageTable.Span;
import org.factoredos.memory.MemoryError;
import org.factoredos.memory.MemoryProtocol;
import org.factoredos.memory.MemoryProtocol.AllocateReply;
import org.factoredos.memory.MemoryProtocol.FramesAllocated;
import org.factoredos.memory.MemoryProtocol.OfferReply;
import org.factoredos.memory.MemoryProtocol.Refused;
import org.factoredos.placement.ProcessId;

/** Memory by the page table of the process's client: each access finds its page there, and bytes in bulk go a run at a time. */
final class MappedMemory implements Memory {
    private static final Name FLEET = new Name("sys:memory");
    private static final long FREE_PATIENCE_NANOS = 1_000_000_000L;
    /** So that no address near 0 means anything. */
    private static final long FIRST_PAGE = 16;
    /** An interrupt handler may have got a region while another waited for one, with a larger number. */
    private static final int MOST_TRIES = 3;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle ATOMIC_INT =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
    private static final VarHandle ATOMIC_LONG =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private final Client client;
    private final Caller caller;
    private final PageTable table;
    private final Map<Long, Region> regions = new LinkedHashMap<>();
    private long lastNumber;
    private long nextPage = FIRST_PAGE;

    MappedMemory(Client client, Caller caller) {
        this.client = client;
        this.caller = caller;
        this.table = client.memory();
    }

    private interface Asking {
        AllocateReply ask(long region) throws FosException;
    }

    @Override
    public Region allocate(long bytes) throws IOException {
        if (bytes < 1) {
            throw new IllegalArgumentException("memory of " + bytes + " bytes is none");
        }
        long frames = (bytes - 1) / PAGE_BYTES + 1;
        if (frames > Integer.MAX_VALUE) {
            throw failed(MemoryError.OUT_OF_MEMORY);
        }
        return got(
                (int) frames,
                number -> caller.call(
                        "memory",
                        FLEET,
                        new MemoryProtocol.AllocateFrames(number, (int) frames),
                        Caller.FAILOVER_NANOS));
    }

    private Region got(int frames, Asking asking) throws FosException {
        for (int tried = 1; ; tried++) {
            long number = Math.max(lastNumber + 1, table.nextRegion());
            lastNumber = number;
            boolean granted = false;
            try {
                switch (asking.ask(number)) {
                    case FramesAllocated(boolean writable) -> {
                        Region region = new Region(number, nextPage * PAGE_BYTES, (long) frames * PAGE_BYTES, writable);
                        table.map(nextPage, number, 0, frames, writable);
                        nextPage += frames + 1L; // A page between two regions, that who runs over the end is found out.
                        regions.put(number, region);
                        granted = true;
                        return region;
                    }
                    case Refused(MemoryError error) -> {
                        if (error != MemoryError.GIVEN_UP || tried == MOST_TRIES) {
                            throw failed(error);
                        }
                    }
                }
            } finally {
                if (!granted) {
                    table.giveUp(number); // Without an answer it may still come, to nobody.
                }
            }
        }
    }

    @Override
    public void free(Region region) throws IOException {
        if (regions.remove(region.number()) == null) {
            throw new IllegalArgumentException("region " + region.number() + " is none of this process's");
        }
        Destination server = server(region);
        table.giveUp(region.number());
        try {
            // Freed it is. The answer only says that the server counts it as free, for an allocation that follows.
            caller.call("memory", server, new MemoryProtocol.FreeFrames(region.number()), FREE_PATIENCE_NANOS);
        } catch (FosException e) {
            return; // The server learns of it by itself.
        }
    }

    private Destination server(Region region) {
        return table.region(region.number())
                .<Destination>map(PageTable.Region::server)
                .orElse(FLEET);
    }

    @Override
    public List<Region> regions() {
        return List.copyOf(regions.values());
    }

    @Override
    public SharedMemory share(Region region, ProcessId with, boolean writable) throws IOException {
        if (!(server(region) instanceof Address server)) {
            throw new IllegalArgumentException("region " + region.number() + " is none of this process's");
        }
        OfferReply reply = caller.call(
                "memory",
                server,
                new MemoryProtocol.OfferFrames(region.number(), with.client(), writable),
                Caller.PATIENCE_NANOS);
        if (reply instanceof Refused(MemoryError error)) {
            throw failed(error);
        }
        return new SharedMemory(client.id(), region.number(), region.bytes(), server);
    }

    @Override
    public Region map(SharedMemory shared) throws IOException {
        return got(
                (int) (shared.length() / PAGE_BYTES),
                number -> caller.call(
                        "memory",
                        shared.server(),
                        new MemoryProtocol.AcceptFrames(shared.by(), shared.region(), number),
                        Caller.PATIENCE_NANOS));
    }

    private static FosException failed(MemoryError error) {
        return new FosException(error, "memory: " + error.sentence());
    }

    // Access

    private Span find(long address, boolean write) {
        if (client.closed()) {
            throw new ProcessKilled(); // So that who only computes on memory can be killed.
        }
        return table.find(address, write);
    }

    @Override
    public byte getByte(long address) {
        Span span = find(address, false);
        return span.bank().get(ValueLayout.JAVA_BYTE, span.offset());
    }

    @Override
    public void putByte(long address, byte value) {
        Span span = find(address, true);
        span.bank().set(ValueLayout.JAVA_BYTE, span.offset(), value);
    }

    @Override
    public int getInt(long address) {
        Span span = find(address, false);
        return span.bytes() >= Integer.BYTES
                ? span.bank().get(INT, span.offset())
                : (int) scattered(address, Integer.BYTES);
    }

    @Override
    public void putInt(long address, int value) {
        Span span = find(address, true);
        if (span.bytes() >= Integer.BYTES) {
            span.bank().set(INT, span.offset(), value);
        } else {
            scatter(address, value, Integer.BYTES);
        }
    }

    @Override
    public long getLong(long address) {
        Span span = find(address, false);
        return span.bytes() >= Long.BYTES ? span.bank().get(LONG, span.offset()) : scattered(address, Long.BYTES);
    }

    @Override
    public void putLong(long address, long value) {
        Span span = find(address, true);
        if (span.bytes() >= Long.BYTES) {
            span.bank().set(LONG, span.offset(), value);
        } else {
            scatter(address, value, Long.BYTES);
        }
    }

    /** A number over the border of two runs. */
    private long scattered(long address, int bytes) {
        long value = 0;
        for (int i = bytes - 1; i >= 0; i--) {
            value = value << Byte.SIZE | (getByte(address + i) & 0xFF);
        }
        return value;
    }

    private void scatter(long address, long value, int bytes) {
        find(address + bytes - 1, true); // It faults before anything is written.
        for (int i = 0; i < bytes; i++) {
            putByte(address + i, (byte) (value >>> (i * Byte.SIZE)));
        }
    }

    @Override
    public void read(long address, byte[] to, int offset, int length) {
        for (int done = 0; done < length; ) {
            Span span = find(address + done, false);
            int count = (int) Math.min(span.bytes(), length - done);
            MemorySegment.copy(span.bank(), ValueLayout.JAVA_BYTE, span.offset(), to, offset + done, count);
            done += count;
        }
    }

    @Override
    public void write(long address, byte[] from, int offset, int length) {
        for (int done = 0; done < length; ) {
            Span span = find(address + done, true);
            int count = (int) Math.min(span.bytes(), length - done);
            MemorySegment.copy(from, offset + done, span.bank(), ValueLayout.JAVA_BYTE, span.offset(), count);
            done += count;
        }
    }

    @Override
    public boolean compareAndSet(long address, int expected, int value) {
        Span span = aligned(address, Integer.BYTES);
        return ATOMIC_INT.compareAndSet(span.bank(), span.offset(), expected, value);
    }

    @Override
    public boolean compareAndSet(long address, long expected, long value) {
        Span span = aligned(address, Long.BYTES);
        return ATOMIC_LONG.compareAndSet(span.bank(), span.offset(), expected, value);
    }

    @Override
    public long getAndAdd(long address, long delta) {
        Span span = aligned(address, Long.BYTES);
        return (long) ATOMIC_LONG.getAndAdd(span.bank(), span.offset(), delta);
    }

    private Span aligned(long address, int bytes) {
        if (address % bytes != 0) {
            throw new IllegalArgumentException("0x" + Long.toHexString(address) + " is no multiple of " + bytes);
        }
        return find(address, true);
    }
}
