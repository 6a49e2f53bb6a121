package org.factoredos.lib;

import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Payload;

/** Says to another process which memory is shared with it. {@code length}: in bytes. {@code server}: which memory server knows of it. */
public record SharedMemory(ClientId by, long region, long length, Address server) implements Payload {}
