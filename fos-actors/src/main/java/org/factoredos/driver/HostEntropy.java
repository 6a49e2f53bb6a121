package org.factoredos.driver;

import java.security.SecureRandom;
import java.util.function.Consumer;
import org.factoredos.driver.EntropyProtocol.EntropyGiven;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Device;
import org.factoredos.server.DeviceRequest;

/** The host's source of chance. */
public final class HostEntropy implements Device {
    private final SecureRandom source = new SecureRandom();

    @Override
    public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
        if (!(request instanceof EntropyDevice(int count))) {
            throw new IllegalArgumentException("no source of chance does " + request);
        }
        byte[] bytes = new byte[count];
        source.nextBytes(bytes);
        done.accept(new EntropyGiven(Bytes.owning(bytes)));
    }
}
