package org.factoredos.driver;

import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Payload;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.server.DeviceRequest;

/**
 * What a {@link CardDriver} asks of its network card; it answers with the request's own replies.
 *
 * @param owner whose line it is
 * @param driver where that asked
 */
public record CardDevice(ClientId owner, Address driver, NetworkProtocol.Request<?> request)
        implements DeviceRequest<Payload> {}
