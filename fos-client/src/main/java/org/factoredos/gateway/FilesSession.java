package org.factoredos.gateway;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.sshd.common.channel.LocalWindow;
import org.apache.sshd.common.file.FileSystemFactory;
import org.apache.sshd.common.io.IoOutputStream;
import org.apache.sshd.common.session.SessionContext;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.common.util.io.IoUtils;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.server.FileHandle;
import org.apache.sshd.sftp.server.SftpSubsystem;
import org.apache.sshd.sftp.server.SftpSubsystemConfigurator;
import org.factoredos.boot.RunningNode;
import org.factoredos.boot.StartedProcess;
import org.factoredos.file.FileProtocol.Access;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.kernel.Client;
import org.factoredos.lib.Calls;
import org.factoredos.lib.LibFos;
import org.factoredos.lib.OpenFile;
import org.factoredos.lib.nio.FosAttributes;
import org.factoredos.lib.nio.FosFileSystem;
import org.factoredos.lib.nio.FosPath;
import org.jspecify.annotations.Nullable;

/**
 * One session over SFTP: a process of fos, in whose thread every request is carried out.
 *
 * <p>The connection only queues requests, no more than its window has room for. So the process may be killed as any other,
 * which ends the session; and where the session ends the process does, and its tile is free.
 */
final class FilesSession extends SftpSubsystem {
    private static final int FAILED = 1;
    private static final Integer NOBODYS_NUMBER = 0;
    /** As much as a client's window lets it have under way. */
    private static final int MOST_AT_ONCE_BYTES = 2 << 20;

    private final RunningNode node;
    private final FilesProgram program;
    private @Nullable StartedProcess process;
    private @Nullable IoOutputStream error;
    /** Whose thread serves; null before it does. */
    private volatile @Nullable Client client;
    /** Likewise; for that thread. */
    private @Nullable LibFos files;

    FilesSession(
            ChannelSession channel, SftpSubsystemConfigurator configurator, RunningNode node, FilesProgram program) {
        super(channel, configurator);
        this.node = node;
        this.program = program;
    }

    @Override
    public void start(ChannelSession channel, Environment environment) {
        String offer = program.offers().make(this);
        Guest guest = Guest.of(channel.getServerSession());
        StartedProcess started = node.start(guest.quiet(FilesProgram.NAME, List.of(offer)));
        process = started;
        var _ = started.exit().whenComplete((status, failure) -> {
            program.offers().withdraw(offer);
            if (client == null) {
                complain(failure == null ? "there is no free tile for it on this node" : failure.getMessage());
            }
            callback.onExit(failure == null && client != null ? status : FAILED);
        });
    }

    private void complain(@Nullable String why) {
        IoOutputStream to = error;
        if (to != null) {
            byte[] line = ("fos: a session of files cannot start: " + why + "\n").getBytes(StandardCharsets.UTF_8);
            try {
                to.writeBuffer(new ByteArrayBuffer(line));
            } catch (IOException e) {
                // Nobody is there to read it.
            }
        }
    }

    /** Until the other end has said all, in the thread of this session's process. */
    @SuppressWarnings("ReferenceEquality") // CLOSE is no request but a mark.
    void serve(LibFos fos) throws IOException {
        Calls calls = fos.calls();
        client = calls.client();
        files = fos;
        setFileSystem(FosFileSystem.of(fos));
        LocalWindow window = getServerChannelSession().getLocalWindow();
        try {
            while (true) {
                calls.await(() -> !requests.isEmpty(), Long.MAX_VALUE);
                Buffer request = requests.remove();
                if (request == CLOSE) {
                    return;
                }
                int length = carryOut(request);
                window.release(length);
            }
        } finally {
            closeAllHandles();
        }
    }

    /** Also what is queued behind it, where that goes on with it; how long all that was. */
    private int carryOut(Buffer request) throws IOException {
        List<Transfer> run = new ArrayList<>();
        Transfer transfer = Transfer.of(request);
        if (transfer != null && handles.get(transfer.handle()) instanceof FileHandle file && !file.isOpenAppend()) {
            run.add(transfer);
            int bytes = transfer.length();
            Transfer next = Transfer.of(requests.peek());
            while (next != null && next.continues(run.getLast()) && bytes + next.length() <= MOST_AT_ONCE_BYTES) {
                requests.remove();
                run.add(next);
                bytes += next.length();
                next = Transfer.of(requests.peek());
            }
            if (run.size() > 1 || transfer.reads()) {
                int length = 0;
                for (Transfer part : run) {
                    length += part.request().available();
                }
                carryOut(run, bytes, file);
                return length;
            }
        }
        int length = request.available();
        process(request);
        return length;
    }

    /** Consecutive reads or writes are one call of fos, which has its pieces under way at the same time. */
    private void carryOut(List<Transfer> run, int bytes, FileHandle file) throws IOException {
        byte[] data = new byte[bytes];
        int done;
        try {
            done = run.getFirst().reads() ? read(run, data, file) : write(run, data, file);
        } catch (IOException | RuntimeException e) {
            for (Transfer each : run) {
                process(each.request()); // One by one, so that each is told what became of itself.
            }
            return;
        }
        int start = 0;
        for (Transfer each : run) {
            int count = Math.clamp(done - (long) start, 0, each.length());
            if (!each.reads()) {
                sendStatus(prepareReply(each.request()), each.id(), SftpConstants.SSH_FX_OK, "");
            } else if (count == 0) {
                sendStatus(prepareReply(each.request()), each.id(), SftpConstants.SSH_FX_EOF, "");
            } else {
                Buffer reply = prepareReply(new ByteArrayBuffer(count + 64, false));
                reply.putByte((byte) SftpConstants.SSH_FXP_DATA);
                reply.putInt(each.id());
                reply.putBytes(data, start, count);
                send(reply);
            }
            start += each.length();
        }
    }

    private static int read(List<Transfer> run, byte[] data, FileHandle file) throws IOException {
        // Past the handle, which after each short read asks how long the file is.
        return ((FileChannel) file.getFileChannel())
                .read(ByteBuffer.wrap(data), run.getFirst().offset());
    }

    private static int write(List<Transfer> run, byte[] data, FileHandle file) throws IOException {
        int filled = 0;
        for (Transfer each : run) {
            each.copyData(data, filled);
            filled += each.length();
        }
        file.write(data, run.getFirst().offset());
        return filled;
    }

    @Override
    public int data(ChannelSession channel, byte[] data, int start, int length) throws IOException {
        int taken = super.data(channel, data, start, length);
        wake();
        return taken;
    }

    /** The other end sends no more. */
    @Override
    public void close() throws IOException {
        super.close();
        wake();
    }

    private void wake() {
        Client serving = client;
        if (serving != null) {
            serving.wake();
        }
    }

    @Override
    public void destroy(ChannelSession channel) {
        super.destroy(channel);
        StartedProcess started = process;
        if (started != null && !started.exit().isDone()) {
            var _ = started.kill();
        }
    }

    @Override
    public void setFileSystemFactory(FileSystemFactory factory, SessionContext session) {
        // The process brings its own.
    }

    @Override
    public void setIoErrorStream(IoOutputStream stream) {
        error = stream;
    }

    // Where a session of SFTP would ask more of a file system than it has to, or less exactly.

    @Override
    protected Path resolveFile(String remotePath) {
        return getDefaultDirectory().resolve(remotePath);
    }

    /** One question instead of five; none of what a listing has just said. */
    @Override
    protected NavigableMap<String, Object> resolveFileAttributes(
            Path path, int flags, boolean neverFollowSymLinks, LinkOption... options) throws IOException {
        FosAttributes attributes =
                ((FosPath) path).listed().map(FosAttributes::new).orElse(null);
        NavigableMap<String, Object> named = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        named.putAll((attributes == null ? Files.readAttributes(path, FosAttributes.class, options) : attributes)
                .named("posix"));
        return named;
    }

    /** The attributes of what is made now are a wish; those of what is there are asked for in earnest. */
    @Override
    protected void doSetAttributes(
            int command, String extension, Path file, Map<String, ?> attributes, boolean followLinks)
            throws IOException {
        if (command != SftpConstants.SSH_FXP_OPEN && command != SftpConstants.SSH_FXP_MKDIR) {
            super.doSetAttributes(command, extension, file, attributes, followLinks);
        }
    }

    /**
     * A size is also one to grow to, which a channel of java.nio does not do. Owners by number there are none, so all files are said
     * to be of number 0; who sets that, as root's tar does, has changed nothing.
     */
    @Override
    protected void setFileAttributes(Path file, Map<String, ?> attributes, LinkOption... options) throws IOException {
        Map<String, Object> others = new TreeMap<>(attributes);
        if (others.remove(IoUtils.SIZE_VIEW_ATTR) instanceof Number size) {
            try (OpenFile open = Objects.requireNonNull(files)
                    .open(file.toAbsolutePath().toString(), OpenMode.EXISTING, Access.WRITE)) {
                open.truncate(size.longValue());
            }
        }
        others.remove(IoUtils.USERID_VIEW_ATTR, NOBODYS_NUMBER);
        others.remove(IoUtils.GROUPID_VIEW_ATTR, NOBODYS_NUMBER);
        super.setFileAttributes(file, others, options);
    }
}
