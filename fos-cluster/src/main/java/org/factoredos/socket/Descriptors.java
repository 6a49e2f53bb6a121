package org.factoredos.socket;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How many of the file descriptors that the host gives this process are for sockets. */
final class Descriptors {
    /** For the disk's and the journal's files, the wire to other nodes, shells, and what has been accepted already. */
    private static final long KEPT = 512;

    /** Where the host gives few, half of what is left is for sockets. */
    private static final long KEPT_SHARE = 2;

    private Descriptors() {}

    /** So many sockets may be open; without bound where the host knows none. A node that runs out of them loses its disk, too. */
    static int forSockets() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean host
                ? share(host.getMaxFileDescriptorCount(), host.getOpenFileDescriptorCount())
                : Integer.MAX_VALUE;
    }

    static int share(long most, long open) {
        long left = Math.max(0, most - open);
        return (int) Math.min(Integer.MAX_VALUE, Math.max(left - KEPT, left / KEPT_SHARE));
    }
}
