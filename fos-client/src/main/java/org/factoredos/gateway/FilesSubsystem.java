package org.factoredos.gateway;

import java.io.IOException;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.Set;
import org.apache.sshd.common.PropertyResolver;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.sftp.SftpModuleProperties;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.server.FileHandle;
import org.apache.sshd.sftp.server.SftpErrorStatusDataHandler;
import org.apache.sshd.sftp.server.SftpFileSystemAccessor;
import org.apache.sshd.sftp.server.SftpSubsystemEnvironment;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;
import org.apache.sshd.sftp.server.SftpSubsystemProxy;
import org.apache.sshd.sftp.server.UnsupportedAttributePolicy;
import org.factoredos.boot.RunningNode;
import org.factoredos.file.FileError;

/** Makes sessions of SFTP, and says where they differ from those of a host's files. */
final class FilesSubsystem extends SftpSubsystemFactory {
    /**
     * How much one read or write carries, for clients that ask: whole chunks, and with its head still less than the 256 KiB
     * that clients take for one message.
     */
    static final int TRANSFER_BYTES = 192 * 1024;

    private final RunningNode node;
    private final FilesProgram program;

    FilesSubsystem(RunningNode node, FilesProgram program) {
        this.node = node;
        this.program = program;
        setUnsupportedAttributePolicy(UnsupportedAttributePolicy.ThrowException);
        setFileSystemAccessor(new Plainly());
        setErrorStatusDataHandler(new Sentences());
    }

    static void configure(PropertyResolver server) {
        SftpModuleProperties.MAX_READDATA_PACKET_LENGTH.set(server, TRANSFER_BYTES);
        SftpModuleProperties.MAX_WRITEDATA_PACKET_LENGTH.set(server, TRANSFER_BYTES);
    }

    @Override
    public Command createSubsystem(ChannelSession channel) {
        return new FilesSession(channel, this, node, program);
    }

    /** Opens without what a new file's attributes should be, and closes without {@code fsync}. */
    private static final class Plainly implements SftpFileSystemAccessor {
        @Override
        public SeekableByteChannel openFile(
                SftpSubsystemProxy subsystem,
                FileHandle fileHandle,
                Path file,
                String handle,
                Set<? extends OpenOption> options,
                FileAttribute<?>... attributes)
                throws IOException {
            return FileChannel.open(file, options);
        }

        @Override
        public void closeFile(
                SftpSubsystemProxy subsystem,
                FileHandle fileHandle,
                Path file,
                String handle,
                Channel channel,
                Set<? extends OpenOption> options)
                throws IOException {
            channel.close();
        }
    }

    /** What failed, in fos's words, and in the codes that version 3 of SFTP has. */
    private static final class Sentences implements SftpErrorStatusDataHandler {
        @Override
        public int resolveSubStatus(
                SftpSubsystemEnvironment session, int id, Throwable e, int command, Object... arguments) {
            int status = SftpErrorStatusDataHandler.super.resolveSubStatus(session, id, e, command, arguments);
            boolean unknown =
                    session.getVersion() <= SftpConstants.SFTP_V3 && status > SftpConstants.SSH_FX_OP_UNSUPPORTED;
            return unknown ? SftpConstants.SSH_FX_FAILURE : status;
        }

        @Override
        public String resolveErrorMessage(
                SftpSubsystemEnvironment session, int id, Throwable e, int status, int command, Object... arguments) {
            return switch (e) {
                case NoSuchFileException missing -> sentence(missing, FileError.ENOENT);
                case FileAlreadyExistsException there -> sentence(there, FileError.EEXIST);
                case NotDirectoryException file -> sentence(file, FileError.ENOTDIR);
                case DirectoryNotEmptyException full -> sentence(full, FileError.ENOTEMPTY);
                case FileSystemException other -> String.valueOf(other.getMessage());
                case UnsupportedOperationException no -> String.valueOf(no.getMessage());
                default ->
                    SftpErrorStatusDataHandler.super.resolveErrorMessage(session, id, e, status, command, arguments);
            };
        }

        private static String sentence(FileSystemException e, FileError error) {
            return e.getFile() + ": " + error.sentence();
        }
    }
}
