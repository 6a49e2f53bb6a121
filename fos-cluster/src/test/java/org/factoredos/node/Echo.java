package org.factoredos.node;

import java.io.IOException;
import org.factoredos.lib.Network;

/** What a program does that sends back all it gets. */
final class Echo {
    private Echo() {}

    /** All that has come, as far as it can be sent now; closes what its peer has ended. */
    static void once(Network.Connection connection, byte[] buffer) throws IOException {
        int count = connection.read(buffer, 0, Math.min(buffer.length, connection.room()));
        while (count > 0) {
            connection.write(buffer, 0, count);
            count = connection.read(buffer, 0, Math.min(buffer.length, connection.room()));
        }
        if (count < 0) {
            connection.close();
        }
    }
}
