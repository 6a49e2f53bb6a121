package org.factoredos.lib.nio;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.factoredos.file.FileError;
import org.factoredos.kernel.SendResult;
import org.factoredos.lib.CallError;
import org.factoredos.lib.FosException;

/** What failed system calls are called in java.nio. */
final class FileErrors {
    private FileErrors() {}

    @FunctionalInterface
    interface SystemCall<T> {
        T call() throws IOException;
    }

    @FunctionalInterface
    interface SystemCommand {
        void call() throws IOException;
    }

    static <T> T named(FosPath path, SystemCall<T> call) throws IOException {
        try {
            return call.call();
        } catch (FosException e) {
            throw named(path, e);
        }
    }

    static void done(FosPath path, SystemCommand call) throws IOException {
        try {
            call.call();
        } catch (FosException e) {
            throw named(path, e);
        }
    }

    static FileSystemException named(FosPath path, FosException e) {
        String file = path.toString();
        Object error = e.error();
        FileSystemException named = switch (error) {
            case FileError.ENOENT -> new NoSuchFileException(file, null, sentence(e));
            case FileError.EEXIST -> new FileAlreadyExistsException(file, null, sentence(e));
            case FileError.EACCES -> new AccessDeniedException(file, null, sentence(e));
            case FileError.ENOTEMPTY -> new DirectoryNotEmptyException(file);
            case FileError.ENOTDIR -> new NotDirectoryException(file);
            default -> new FileSystemException(file, null, sentence(e));
        };
        named.initCause(e);
        return named;
    }

    private static String sentence(FosException e) {
        return switch (e.error()) {
            case FileError error -> error.sentence();
            case CallError error -> error.sentence();
            case SendResult error -> error.sentence();
            default -> String.valueOf(e.getMessage());
        };
    }
}
