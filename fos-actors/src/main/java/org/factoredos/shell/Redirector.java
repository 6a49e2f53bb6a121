package org.factoredos.shell;

import java.io.IOException;
import java.util.List;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.placement.Stream;
import org.factoredos.shell.Syntax.ReadFrom;
import org.factoredos.shell.Syntax.Redirection;
import org.factoredos.shell.Syntax.SameAs;
import org.factoredos.shell.Syntax.Word;
import org.factoredos.shell.Syntax.WriteTo;

/** Leads streams to and from files. Files are tried here, so that an error is found before anything runs. */
final class Redirector {
    /** There is no such file, but everybody's fingers know it. */
    private static final String NOWHERE = "/dev/null";

    private final Fos fos;

    Redirector(Fos fos) {
        this.fos = fos;
    }

    Streams apply(List<Redirection> redirections, Streams streams, Expander expander) throws IOException {
        Streams led = streams;
        for (Redirection redirection : redirections) {
            Stream stream = switch (redirection) {
                case ReadFrom read -> input(path(read.target(), expander));
                case WriteTo write -> output(path(write.target(), expander), write.append());
                case SameAs same -> led.get(same.source());
            };
            led = led.with(redirection.stream(), stream);
        }
        return led;
    }

    private String path(Word target, Expander expander) throws IOException {
        List<String> paths = expander.expand(target);
        if (paths.size() != 1 || paths.getFirst().isEmpty()) {
            throw new IOException("a redirection needs one file, not " + (paths.size() > 1 ? paths.size() : "none"));
        }
        return fos.absolute(paths.getFirst());
    }

    private Stream input(String path) throws IOException {
        if (path.equals(NOWHERE)) {
            return new Stream.Nothing();
        }
        if (fos.stat(path).kind() == Kind.DIRECTORY) {
            throw new FosException(FileError.EISDIR, path + ": " + FileError.EISDIR.sentence());
        }
        return new Stream.File(path);
    }

    private Stream output(String path, boolean append) throws IOException {
        if (path.equals(NOWHERE)) {
            return new Stream.Nothing();
        }
        fos.open(path, append ? OpenMode.CREATE : OpenMode.CREATE_OR_TRUNCATE).close();
        return new Stream.File(path);
    }
}
