package org.factoredos.lib;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.Status;

/** Files by absolute path, in volumes like the file fleet's. */
final class MemoryFiles {
    private static final Set<String> VOLUMES = Set.of("/home", "/tmp", "/srv");
    private static final long MODIFIED_MILLIS = 1_700_000_000_000L; // 2023-11-14 22:13 UTC

    private static final class Node {
        final FileId id;
        final Kind kind;
        byte[] data = {};
        int syncs;

        Node(FileId id, Kind kind) {
            this.id = id;
            this.kind = kind;
        }

        Status status() {
            return new Status(id, kind, data.length, MODIFIED_MILLIS);
        }
    }

    private final TreeMap<String, Node> nodes = new TreeMap<>();
    private long lastNumber;

    MemoryFiles() {
        nodes.put("/", node("/", Kind.DIRECTORY));
        VOLUMES.forEach(volume -> nodes.put(volume, node(volume, Kind.DIRECTORY)));
    }

    private Node node(String path, Kind kind) {
        return new Node(new FileId(volume(path), ++lastNumber), kind);
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

    synchronized Optional<Status> find(String path) {
        return Optional.ofNullable(nodes.get(path)).map(Node::status);
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

    synchronized List<Entry> list(String path) throws FosException {
        need(path);
        needDirectory(path, path);
        List<Entry> entries = new ArrayList<>();
        nodes.forEach((name, node) -> {
            if (!name.equals("/") && parent(name).equals(path)) {
                entries.add(new Entry(name.substring(name.lastIndexOf('/') + 1), node.status()));
            }
        });
        return entries;
    }

    synchronized void makeDirectory(String path) throws FosException {
        if (nodes.containsKey(path)) {
            throw refused(FileError.EEXIST, path);
        }
        needDirectory(parent(path), path);
        nodes.put(path, node(path, Kind.DIRECTORY));
    }

    synchronized void rename(String from, String to) throws FosException {
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

    synchronized void unlink(String path) throws FosException {
        if (need(path).kind == Kind.DIRECTORY) {
            throw refused(FileError.EISDIR, path);
        }
        nodes.remove(path);
    }

    synchronized void removeDirectory(String path) throws FosException {
        need(path);
        needDirectory(path, path);
        if (!list(path).isEmpty()) {
            throw refused(FileError.ENOTEMPTY, path);
        }
        nodes.remove(path);
    }

    synchronized OpenFile open(String path, OpenMode mode) throws FosException {
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
        public Status status() {
            return node.status();
        }

        @Override
        public InputStream input() {
            return new InputStream() {
                private long position;

                @Override
                public int read() {
                    byte[] one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
                }

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
