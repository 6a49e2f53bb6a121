package org.factoredos.node;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What was last read from where a read may hang: one read at a time, and nobody waits for it longer than he wants to.
 *
 * @param <T> what is read
 */
final class LastRead<T> {
    private final Callable<T> source;
    private T value;
    private CompletableFuture<T> reading;

    /** {@code none}: the value until a read has succeeded; the first begins now. */
    LastRead(Callable<T> source, T none) {
        this.source = source;
        this.value = none;
        this.reading = begin();
    }

    /** The latest value. {@code fresh} where a read that was not over at this call has brought it. */
    record Read<T>(T value, boolean fresh) {}

    /** Waits so long for news. */
    Read<T> read(long patienceMillis) throws InterruptedException {
        CompletableFuture<T> awaited = reading();
        try {
            awaited.get(patienceMillis, TimeUnit.MILLISECONDS);
            return new Read<>(value(), true);
        } catch (ExecutionException | TimeoutException e) {
            return new Read<>(value(), false);
        }
    }

    private synchronized CompletableFuture<T> reading() {
        if (reading.isDone()) {
            reading = begin();
        }
        return reading;
    }

    private synchronized T value() {
        return value;
    }

    private synchronized void note(T read) {
        value = read;
    }

    private CompletableFuture<T> begin() {
        CompletableFuture<T> done = new CompletableFuture<>();
        Thread.ofVirtual().name("fos-register").start(() -> {
            try {
                T read = source.call();
                note(read);
                done.complete(read);
            } catch (Exception e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }
}
