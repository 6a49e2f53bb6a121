package org.factoredos.gateway;

import java.io.IOException;
import java.util.List;
import org.factoredos.lib.Fos;
import org.factoredos.lib.LibFos;
import org.factoredos.lib.Program;
import org.factoredos.lib.UsageException;

/** The process that a session over SFTP is, on a tile of its own; its one argument says which session. */
final class FilesProgram implements Program {
    static final String NAME = "sftp";

    private final Offers<FilesSession> offers = new Offers<>();

    Offers<FilesSession> offers() {
        return offers;
    }

    @Override
    public int run(Fos fos, List<String> arguments) throws IOException {
        FilesSession session = offers.take(arguments);
        if (session == null) {
            throw new UsageException("a session of files is started over SSH, never by hand");
        }
        session.serve((LibFos) fos);
        return 0;
    }
}
