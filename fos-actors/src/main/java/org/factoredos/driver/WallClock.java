package org.factoredos.driver;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.factoredos.driver.ClockProtocol.TimeTold;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Device;
import org.factoredos.server.DeviceRequest;

/** The host's clock. */
public final class WallClock implements Device {
    private final long startedNanos = System.nanoTime();

    @Override
    public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
        Instant now = Instant.now();
        long epoch = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
        done.accept(new TimeTold(epoch, System.nanoTime() - startedNanos));
    }
}
