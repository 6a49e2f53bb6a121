package org.factoredos.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.sftp.SftpModuleProperties;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClientFactory;
import org.apache.sshd.sftp.client.SftpVersionSelector;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHPosixRenameExtension;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;

/** A grid's files, over SFTP: version 3 with OpenSSH's rename, which replaces. */
public final class RemoteTree implements FileTree, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final SftpClient sftp;
    private final OpenSSHPosixRenameExtension rename;

    private RemoteTree(SftpClient sftp, OpenSSHPosixRenameExtension rename) {
        this.sftp = sftp;
        this.rename = rename;
    }

    static RemoteTree open(ClientSession session) throws IOException {
        SftpModuleProperties.SFTP_CHANNEL_OPEN_TIMEOUT.set(session, PATIENCE);
        StringBuilder said = new StringBuilder();
        try {
            SftpClient sftp = SftpClientFactory.instance()
                    .createSftpClient(
                            session,
                            SftpVersionSelector.fixedVersionSelector(SftpConstants.SFTP_V3),
                            (data, start, length) ->
                                    said.append(new String(data, start, length, StandardCharsets.UTF_8)));
            var rename = sftp.getExtension(OpenSSHPosixRenameExtension.class);
            return new RemoteTree(
                    sftp, Objects.requireNonNull(rename, "every gateway of fos has posix-rename@openssh.com"));
        } catch (IOException e) {
            throw said.isEmpty() ? e : new IOException(said.toString().strip(), e);
        }
    }

    @FunctionalInterface
    private interface Step<T> {
        T take() throws IOException;
    }

    /** What the grid refused it says itself; all else is the connection's end. */
    private <T> T asked(Step<T> step) throws IOException {
        try {
            return step.take();
        } catch (SftpException e) {
            throw new IOException("fos:" + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException("the connection to the grid is lost: copy again, to another node with --join", e);
        }
    }

    @Override
    public Kind kind(String path) throws IOException {
        return asked(() -> {
            try {
                return kind(sftp.stat(path));
            } catch (SftpException e) {
                if (e.getStatus() == SftpConstants.SSH_FX_NO_SUCH_FILE) {
                    return Kind.MISSING;
                }
                throw e;
            }
        });
    }

    private static Kind kind(SftpClient.Attributes attributes) {
        if (attributes.isDirectory()) {
            return Kind.DIRECTORY;
        }
        return attributes.isRegularFile() ? Kind.FILE : Kind.SPECIAL;
    }

    @Override
    public List<Entry> list(String directory) throws IOException {
        return asked(() -> {
            List<Entry> entries = new ArrayList<>();
            try (SftpClient.CloseableHandle handle = sftp.openDir(directory)) {
                for (var page = sftp.readDir(handle); page != null; page = sftp.readDir(handle)) {
                    for (SftpClient.DirEntry entry : page) {
                        String name = entry.getFilename();
                        if (!name.equals(".") && !name.equals("..")) {
                            entries.add(new Entry(name, kind(entry.getAttributes())));
                        }
                    }
                }
            }
            return entries;
        });
    }

    @Override
    public InputStream read(String path) throws IOException {
        InputStream in = asked(() -> sftp.read(path, FilesSubsystem.TRANSFER_BYTES));
        return new InputStream() {
            @Override
            public int read() throws IOException {
                return asked(in::read);
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                return asked(() -> in.read(buffer, offset, length));
            }

            @Override
            public void close() throws IOException {
                done(in::close);
            }
        };
    }

    @Override
    public OutputStream write(String path) throws IOException {
        OutputStream out = asked(() -> sftp.write(path, FilesSubsystem.TRANSFER_BYTES));
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] buffer, int offset, int length) throws IOException {
                done(() -> out.write(buffer, offset, length));
            }

            @Override
            public void close() throws IOException {
                done(out::close);
            }
        };
    }

    @FunctionalInterface
    private interface Command {
        void take() throws IOException;
    }

    private void done(Command command) throws IOException {
        var _ = asked(() -> {
            command.take();
            return true;
        });
    }

    @Override
    public void makeDirectory(String path) throws IOException {
        done(() -> sftp.mkdir(path));
    }

    @Override
    public void replace(String from, String to) throws IOException {
        done(() -> rename.posixRename(from, to));
    }

    @Override
    public void remove(String path) throws IOException {
        done(() -> sftp.remove(path));
    }

    @Override
    public void close() throws IOException {
        sftp.close();
    }
}
