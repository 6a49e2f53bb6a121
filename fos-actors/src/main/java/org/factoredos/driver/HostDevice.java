package org.factoredos.driver;

import org.factoredos.file.FileProtocol;
import org.factoredos.kernel.Payload;
import org.factoredos.server.DeviceRequest;

/** What a {@link HostDriver} asks of its host; it answers with the request's own replies. */
public record HostDevice(FileProtocol.Request<?> request) implements DeviceRequest<Payload> {}
