package org.factoredos.server;

import org.factoredos.kernel.Payload;

/** What a driver asks of its device; {@code A} is what a {@link Device} answers. Never leaves the tile. */
public interface DeviceRequest<A extends Payload> {}
