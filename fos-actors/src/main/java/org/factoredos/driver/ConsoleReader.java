package org.factoredos.driver;

import org.factoredos.driver.ConsoleProtocol.Reply;
import org.factoredos.kernel.ClientId;
import org.factoredos.server.Call;
import org.factoredos.server.DeviceRequest;
import org.factoredos.server.Effect;
import org.jspecify.annotations.Nullable;

/** Someone who waits for input of a {@link ConsoleDriver}; {@code endNanos}: until then, if it is keys. */
record ConsoleReader(long number, Call<Reply> call, DeviceRequest<?> request, long endNanos) {
    /** A person may be away for as long as they like; should this pass, the terminal is asked again. */
    static final long PATIENCE_NANOS = 365L * 24 * 3600 * 1_000_000_000L;

    /** The terminal ends a wait for keys itself, unless it is broken. */
    private static final long KEYS_GRACE_NANOS = 10_000_000_000L;

    boolean line() {
        return request instanceof ConsoleDevice.Line;
    }

    boolean keys() {
        return request instanceof ConsoleDevice.Keys;
    }

    /** Of bytes or keys, at a time. */
    int most() {
        return switch (request) {
            case ConsoleDevice.Keys(int most, long wait) -> most;
            case ConsoleDevice.Read(int most) -> most;
            default -> throw new IllegalStateException("it reads no bytes: " + request);
        };
    }

    boolean is(@Nullable ClientId client) {
        return call.client().equals(client);
    }

    /** As it is asked of the terminal now. */
    Effect.Device ask(long nanos) {
        ConsoleDriver.AwaitingInput parked = new ConsoleDriver.AwaitingInput(number);
        if (request instanceof ConsoleDevice.Keys(int most, long wait)) {
            long left = Math.max(0, endNanos - nanos);
            return new Effect.Device(new ConsoleDevice.Keys(most, left), parked, left + KEYS_GRACE_NANOS);
        }
        return new Effect.Device(request, parked, PATIENCE_NANOS);
    }
}
