package org.factoredos.lib;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.factoredos.file.FileError;
import org.factoredos.file.FileMode;
import org.factoredos.file.FileProtocol.Attributes;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.file.FileProtocol.VolumeStatus;

/** Files by absolute path, in volumes like the file fleet's. */
final class MemoryFiles {
    private static final Set<String> VOLUMES = Set.of("/home", "/tmp", "/srv");
    private static final long MODIFIED_MILLIS = 1_700_000_000_000L; // 2023-11-14 22:13 UTC

    private static final class Node {
        final FileId id;
        final Kind kind;
        final String target;
        byte[] data = {};
        int syncs;
        final List<MemoryLock> locks = new ArrayList<>();
        String owner = "operator";
        int mode;
        long modifiedMillis = MODIFIED_MILLIS;
        long accessedMillis = MODIFIED_MILLIS;

        Node(FileId id, Kind kind, String target) {
            this.id = id;
            this.kind = kind;
            this.target = target;
            this.mode = kind == Kind.FILE ? 0644 : kind == Kind.DIRECTORY ? 0755 : 0777;
        }
    }

    private Status status(Node node) {
        int names = (int) nodes.values().stream().filter(node::equals).count();
        long size = node.kind == Kind.SYMBOLIC_LINK ? node.target.length() : node.data.length;
        return new Status(
                node.id,
                node.kind,
                size,
                node.modifiedMillis,
                new Attributes(
                        node.owner, node.mode, names, node.data.length, node.modifiedMillis, node.accessedMillis));
    }

    private final TreeMap<String, Node> nodes = new TreeMap<>();
    private long lastNumber;

    MemoryFiles() {
        nodes.put("/", node("/", Kind.DIRECTORY));
        VOLUMES.forEach(volume -> nodes.put(volume, node(volume, Kind.DIRECTORY)));
    }

    private Node node(String path, Kind kind) {
        return node(path, kind, "");
    }

    private Node node(String path, Kind kind, String target) {
        return new Node(new FileId(volume(path), ++lastNumber), kind, target);
    }

    /** The path without links, but for one at its end that is not to be followed. */
    private String real(String path, boolean follow) throws FosException {
        Deque<String> ahead = new ArrayDeque<>(List.of(path.split("/")));
        String at = "";
        for (int links = 0; !ahead.isEmpty(); ) {
            String name = ahead.removeFirst();
            if (name.isEmpty() || name.equals(".")) {
                continue;
            }
            if (name.equals("..")) {
                at = at.substring(0, Math.max(0, at.lastIndexOf('/')));
                continue;
            }
            Node node = nodes.get(at + "/" + name);
            if (node == null || node.kind != Kind.SYMBOLIC_LINK || (!follow && ahead.isEmpty())) {
                at += "/" + name;
                continue;
            }
            if (++links > 40) {
                throw refused(FileError.ELOOP, path);
            }
            List.of(node.target.split("/")).reversed().forEach(ahead::addFirst);
            at = node.target.startsWith("/") ? "" : at;
        }
        return at.isEmpty() ? "/" : at;
    }

    private static String volume(String path) {
        int end = path.indexOf('/', 1);
        String first = end < 0 ? path : path.substring(0, end);
        return VOLUMES.contains(first) ? first : "/";
    }

    private static String parent(String path) {
        return path.lastIndexOf('/') == 0 ? "/" : path.substring(0, path.lastIndexOf('/'));
    }

    private static FosException refused(FileError error, String path) {
        return new FosException(error, path + ": " + error.sentence());
    }

    synchronized Optional<Status> find(String path, boolean follow) throws FosException {
        return Optional.ofNullable(nodes.get(real(path, follow))).map(this::status);
    }

    synchronized String readLink(String path) throws FosException {
        Node node = need(real(path, false));
        if (node.kind != Kind.SYMBOLIC_LINK) {
            throw refused(FileError.EINVAL, path);
        }
        return node.target;
    }

    synchronized void symbolicLink(String target, String asked) throws FosException {
        String path = real(asked, false);
        make(path, node(path, Kind.SYMBOLIC_LINK, target));
    }

    synchronized void link(String existing, String path) throws FosException {
        Node node = need(real(existing, false));
        if (node.kind == Kind.DIRECTORY) {
            throw refused(FileError.EPERM, path);
        }
        make(real(path, false), node);
    }

    private void make(String path, Node node) throws FosException {
        if (nodes.containsKey(path)) {
            throw refused(FileError.EEXIST, path);
        }
        needDirectory(parent(path), path);
        nodes.put(path, node);
    }

    synchronized void setAttributes(String path, boolean follow, NewAttributes attributes) throws FosException {
        Node node = need(real(path, follow));
        node.mode = attributes.mode() == null ? node.mode : FileMode.of(attributes.mode());
        node.owner = attributes.owner() == null ? node.owner : attributes.owner();
        node.modifiedMillis = attributes.modifiedMillis() == null ? node.modifiedMillis : attributes.modifiedMillis();
        node.accessedMillis = attributes.accessedMillis() == null ? node.accessedMillis : attributes.accessedMillis();
    }

    synchronized List<VolumeStatus> volumes() {
        List<VolumeStatus> volumes = new ArrayList<>();
        for (String volume : List.of("/", "/home", "/srv", "/tmp")) {
            List<Node> inside = nodes.values().stream()
                    .filter(node -> node.id.volume().equals(volume))
                    .distinct()
                    .toList();
            long used = inside.stream().mapToLong(node -> node.data.length).sum();
            volumes.add(new VolumeStatus(volume, 0, inside.size(), used, List.of()));
        }
        return volumes;
    }

    private Node need(String path) throws FosException {
        Node node = nodes.get(path);
        if (node == null) {
            throw refused(FileError.ENOENT, path);
        }
        return node;
    }

    private void needDirectory(String path, String asked) throws FosException {
        Node node = nodes.get(path);
        if (node == null) {
            throw refused(FileError.ENOENT, asked);
        }
        if (node.kind != Kind.DIRECTORY) {
            throw refused(FileError.ENOTDIR, asked);
        }
    }

    synchronized List<Entry> list(String asked) throws FosException {
        String path = real(asked, true);
        need(path);
        needDirectory(path, path);
        List<Entry> entries = new ArrayList<>();
        nodes.forEach((name, node) -> {
            if (!name.equals("/") && parent(name).equals(path)) {
                entries.add(new Entry(name.substring(name.lastIndexOf('/') + 1), status(node)));
            }
        });
        return entries;
    }

    synchronized void makeDirectory(String asked) throws FosException {
        String path = real(asked, false);
        make(path, node(path, Kind.DIRECTORY));
    }

    synchronized void rename(String source, String destination) throws FosException {
        String from = real(source, false);
        String to = real(destination, false);
        Node node = need(from);
        needDirectory(parent(to), to);
        if (!volume(from).equals(volume(to))) {
            throw refused(FileError.EXDEV, from);
        }
        Node target = nodes.get(to);
        if (target != null && target.kind == Kind.DIRECTORY) {
            throw refused(FileError.EISDIR, to);
        }
        nodes.remove(from);
        nodes.put(to, node);
        for (String below : List.copyOf(nodes.keySet())) {
            Node moved = below.startsWith(from + "/") ? nodes.remove(below) : null;
            if (moved != null) {
                nodes.put(to + below.substring(from.length()), moved);
            }
        }
    }

    synchronized void unlink(String asked) throws FosException {
        String path = real(asked, false);
        if (need(path).kind == Kind.DIRECTORY) {
            throw refused(FileError.EISDIR, path);
        }
        nodes.remove(path);
    }

    synchronized void removeDirectory(String asked) throws FosException {
        String path = real(asked, false);
        need(path);
        needDirectory(path, path);
        if (!list(path).isEmpty()) {
            throw refused(FileError.ENOTEMPTY, path);
        }
        nodes.remove(path);
    }

    synchronized OpenFile open(String asked, OpenMode mode) throws FosException {
        String path = real(asked, mode != OpenMode.CREATE_NEW);
        Node node = nodes.get(path);
        if (node == null) {
            needDirectory(parent(path), path);
            if (mode == OpenMode.EXISTING) {
                throw refused(FileError.ENOENT, path);
            }
            node = node(path, Kind.FILE);
            nodes.put(path, node);
        } else if (node.kind == Kind.DIRECTORY) {
            throw refused(FileError.EISDIR, path);
        } else if (mode == OpenMode.CREATE_NEW) {
            throw refused(FileError.EEXIST, path);
        } else if (mode == OpenMode.CREATE_OR_TRUNCATE) {
            node.data = new byte[0];
        }
        return new MemoryFile(node);
    }

    synchronized int syncs(String path) throws FosException {
        return need(path).syncs;
    }

    /** Without processes: whoever asks, it is another one. */
    private record MemoryLock(long from, long length, boolean shared) {
        boolean clashes(MemoryLock other) {
            return !(shared && other.shared) && from < other.from + other.length && other.from < from + length;
        }
    }

    private final class MemoryFile implements OpenFile {
        private final Node node;

        MemoryFile(Node node) {
            this.node = node;
        }

        @Override
        public int read(long position, byte[] buffer, int offset, int length) {
            synchronized (MemoryFiles.this) {
                int count = (int) Math.max(0, Math.min(length, node.data.length - position));
                System.arraycopy(node.data, (int) Math.min(position, node.data.length), buffer, offset, count);
                return count;
            }
        }

        @Override
        public void write(long position, byte[] buffer, int offset, int length) {
            synchronized (MemoryFiles.this) {
                node.data = Arrays.copyOf(node.data, Math.max(node.data.length, (int) position + length));
                System.arraycopy(buffer, offset, node.data, (int) position, length);
            }
        }

        @Override
        public void append(byte[] buffer, int offset, int length) {
            synchronized (MemoryFiles.this) {
                write(node.data.length, buffer, offset, length);
            }
        }

        @Override
        public void truncate(long sizeBytes) {
            synchronized (MemoryFiles.this) {
                node.data = Arrays.copyOf(node.data, (int) sizeBytes);
            }
        }

        @Override
        public void sync() {
            synchronized (MemoryFiles.this) {
                node.syncs++;
            }
        }

        @Override
        public Optional<Lock> tryLock(long from, long length, boolean shared) {
            MemoryLock wanted = new MemoryLock(from, Math.min(length, Long.MAX_VALUE - from), shared);
            synchronized (MemoryFiles.this) {
                if (node.locks.stream().anyMatch(wanted::clashes)) {
                    return Optional.empty();
                }
                node.locks.add(wanted);
            }
            return Optional.of(() -> {
                synchronized (MemoryFiles.this) {
                    node.locks.remove(wanted);
                }
            });
        }

        @Override
        public Lock lock(long from, long length, boolean shared) {
            return tryLock(from, length, shared).orElseThrow();
        }

        @Override
        public Status status() {
            synchronized (MemoryFiles.this) {
                return MemoryFiles.this.status(node);
            }
        }

        @Override
        public InputStream input() {
            return new PieceInput() {
                private long position;

                @Override
                public int read(byte[] buffer, int offset, int length) {
                    int count = MemoryFile.this.read(position, buffer, offset, length);
                    position += count;
                    return count == 0 && length > 0 ? -1 : count;
                }
            };
        }

        @Override
        public OutputStream appender() {
            return new OutputStream() {
                @Override
                public void write(int b) {
                    append(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] buffer, int offset, int length) {
                    append(buffer, offset, length);
                }
            };
        }

        @Override
        public void close() {}
    }
}
