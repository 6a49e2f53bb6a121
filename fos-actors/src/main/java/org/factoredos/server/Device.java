package org.factoredos.server;

import java.util.function.Consumer;
import org.factoredos.kernel.Payload;

/** A device behind a driver: the one port through which anything outside fos is touched. */
public interface Device {
    /**
     * Begins the operation and returns at once.
     *
     * @param done told the answer once, in any thread; failures are answers too
     */
    void begin(DeviceRequest<?> request, Consumer<Payload> done);

    /** The core that began operations is no more, and nobody is told their answers: what people type is not to be among them. */
    default void abandon() {}
}
