package org.factoredos.driver;

import org.factoredos.driver.EntropyProtocol.EntropyGiven;
import org.factoredos.server.DeviceRequest;

/** What an {@link EntropyDriver} asks of its source. */
public record EntropyDevice(int count) implements DeviceRequest<EntropyGiven> {}
