package org.factoredos.lib;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.lib.Fos.InterruptHandler;
import org.factoredos.lib.Fos.MailboxStatus;
import org.factoredos.placement.ProcessId;
import org.jspecify.annotations.Nullable;

/** The mailboxes that programs make in a {@link MemoryGrid}. A handler runs in the sender's thread, unless masked. */
final class MemoryMailboxes {
    private record Box(
            ProcessId owner,
            Address address,
            long bytes,
            @Nullable InterruptHandler handler,
            BlockingQueue<Payload> messages) {
        MailboxStatus status() {
            int capacity = messages.size() + messages.remainingCapacity();
            return new MailboxStatus(address, messages.size(), capacity, bytes, handler != null);
        }

        void interrupt() {
            if (handler == null) {
                return;
            }
            for (Payload next = messages.poll(); next != null; next = messages.poll()) {
                handler.on(next);
            }
        }
    }

    private final AtomicInteger last = new AtomicInteger(1);
    private final Map<Integer, Box> boxes = new ConcurrentSkipListMap<>();
    private final Map<ProcessId, Boolean> masked = new ConcurrentSkipListMap<>();

    Address create(ProcessId owner, int messages, long bytes, @Nullable InterruptHandler handler) {
        Address address = new Address(owner.client(), last.incrementAndGet(), new TileId(MemoryGrid.NODE, 0, 0));
        boxes.put(address.mailbox(), new Box(owner, address, bytes, handler, new LinkedBlockingQueue<>(messages)));
        return address;
    }

    boolean has(Address mailbox) {
        return boxes.containsKey(mailbox.mailbox());
    }

    SendResult send(Address mailbox, Payload message) {
        Box box = boxes.get(mailbox.mailbox());
        if (box == null) {
            return SendResult.NO_SUCH_MAILBOX;
        }
        if (!box.messages().offer(message)) {
            return SendResult.QUEUE_FULL;
        }
        if (!masked.containsKey(box.owner())) {
            box.interrupt();
        }
        return SendResult.ACCEPTED;
    }

    void mask(ProcessId owner) {
        masked.put(owner, true);
    }

    void unmask(ProcessId owner) {
        masked.remove(owner);
        boxes.values().stream().filter(box -> box.owner().equals(owner)).forEach(Box::interrupt);
    }

    List<MailboxStatus> of(ProcessId owner) {
        return boxes.values().stream()
                .filter(box -> box.owner().equals(owner))
                .map(Box::status)
                .toList();
    }

    int destroy(Address mailbox) {
        Box box = boxes.remove(mailbox.mailbox());
        return box == null ? 0 : box.messages().size();
    }

    Optional<Payload> receive(Address mailbox, Duration patience) {
        Box box = boxes.get(mailbox.mailbox());
        if (box == null) {
            throw new IllegalArgumentException(mailbox + " is no mailbox of this process");
        }
        try {
            return Optional.ofNullable(box.messages().poll(patience.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            throw new ProcessKilled();
        }
    }
}
