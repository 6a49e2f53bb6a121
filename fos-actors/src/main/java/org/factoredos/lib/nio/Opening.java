package org.factoredos.lib.nio;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.DSYNC;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.SYNC;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.factoredos.file.FileProtocol.Access;
import org.factoredos.file.FileProtocol.OpenMode;

/**
 * What a file is opened for.
 *
 * @param truncate what is there is to be cut, which {@code mode} does not do
 * @param sync each write is to survive a loss of power
 */
record Opening(
        OpenMode mode,
        boolean truncate,
        boolean read,
        boolean write,
        boolean append,
        boolean sync,
        boolean deleteOnClose) {
    static Opening of(Set<? extends OpenOption> options) {
        for (OpenOption option : options) {
            if (!(option instanceof StandardOpenOption) && !(option instanceof LinkOption)) {
                throw new UnsupportedOperationException("fos opens no file " + option);
            }
        }
        boolean append = options.contains(APPEND);
        boolean write = append || options.contains(WRITE);
        boolean read = options.contains(READ) || !write;
        boolean truncate = write && options.contains(TRUNCATE_EXISTING);
        if (append && (read || truncate)) {
            throw new IllegalArgumentException("a file that is appended to is neither read nor emptied");
        }
        OpenMode mode = OpenMode.EXISTING;
        if (write && options.contains(CREATE_NEW)) {
            mode = OpenMode.CREATE_NEW;
        } else if (write && options.contains(CREATE)) {
            mode = truncate ? OpenMode.CREATE_OR_TRUNCATE : OpenMode.CREATE;
        }
        return new Opening(
                mode,
                truncate && mode == OpenMode.EXISTING,
                read,
                write,
                append,
                options.contains(SYNC) || options.contains(DSYNC),
                options.contains(DELETE_ON_CLOSE));
    }

    Access access() {
        return read && write ? Access.READ_AND_WRITE : write ? Access.WRITE : Access.READ;
    }
}
