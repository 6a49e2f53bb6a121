package org.factoredos.program;

import java.io.IOException;
import java.time.Duration;
import org.factoredos.lib.Fos;
import org.factoredos.lib.Network;
import org.factoredos.lib.PieceInput;

/** What comes from a peer, for as long as something comes within each {@code patience}. */
final class PatientInput extends PieceInput {
    private final Fos fos;
    private final Network.Connection connection;
    private final Duration patience;

    PatientInput(Fos fos, Network.Connection connection, Duration patience) {
        this.fos = fos;
        this.connection = connection;
        this.patience = patience;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        long until = fos.nanoTime() + patience.toNanos();
        int count = connection.read(buffer, offset, length);
        while (count == 0 && length > 0) {
            long left = until - fos.nanoTime();
            if (left <= 0) {
                throw new IOException(connection.peer() + ": nothing has come for " + patience.toSeconds() + " s");
            }
            fos.network().ready(Duration.ofNanos(left));
            count = connection.read(buffer, offset, length);
        }
        return count;
    }
}
