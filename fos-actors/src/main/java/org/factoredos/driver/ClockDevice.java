package org.factoredos.driver;

import org.factoredos.driver.ClockProtocol.TimeTold;
import org.factoredos.server.DeviceRequest;

/** What a {@link ClockDriver} asks of its clock. */
public record ClockDevice() implements DeviceRequest<TimeTold> {}
