package org.factoredos.sim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.factoredos.driver.BlockProtocol;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol.AppendFile;
import org.factoredos.file.FileProtocol.Changed;
import org.factoredos.file.FileProtocol.DirectoryListed;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.FileOpened;
import org.factoredos.file.FileProtocol.FileRead;
import org.factoredos.file.FileProtocol.FileWritten;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.ListDirectory;
import org.factoredos.file.FileProtocol.OpenFile;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.ReadFile;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.FileProtocol.RenamePath;
import org.factoredos.file.FileProtocol.Reply;
import org.factoredos.file.FileProtocol.Request;
import org.factoredos.file.FileProtocol.StatAnswered;
import org.factoredos.file.FileProtocol.StatFile;
import org.factoredos.file.FileProtocol.StatPath;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.file.FileProtocol.SyncFile;
import org.factoredos.file.FileProtocol.TruncateFile;
import org.factoredos.file.FileProtocol.UnlinkFile;
import org.factoredos.file.FileProtocol.WriteFile;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.sim.Linearizability.Operation;

/**
 * What one volume does, without directories, one operation after another (G5).
 *
 * <p>Requests and replies are the protocol's own, with {@link #timeless times} left out. A {@link PowerLost} may take the
 * volume back to anything since the last {@code fsync}, and bytes that were never synced may be gone: they are then an
 * error, and never other bytes.
 */
final class FileModel implements Linearizability.Model<FileModel.Volume, Payload, Payload> {
    /** @param everywhere the journal's too, and not one node's alone */
    record PowerLost(boolean everywhere) implements Payload {}

    /**
     * A file.
     *
     * @param bytes by offset; what is missing is zero
     * @param safe the chunks that survive a loss of power, also if they are written to after that
     * @param lost some of it may be gone
     */
    private record Content(long size, SortedMap<Long, Byte> bytes, SortedSet<Long> safe, boolean lost) {
        static final Content EMPTY = new Content(0, Collections.emptySortedMap(), Collections.emptySortedSet(), false);

        Content written(long offset, Bytes data) {
            SortedMap<Long, Byte> after = new TreeMap<>(bytes);
            for (int i = 0; i < data.length(); i++) {
                after.put(offset + i, data.at(i));
            }
            return new Content(Math.max(size, offset + data.length()), after, safe, lost);
        }

        Content cut(long to) {
            if (to == 0) {
                return EMPTY;
            }
            SortedSet<Long> left = new TreeSet<>(safe.headSet(chunk(to - 1) + 1));
            return new Content(to, new TreeMap<>(bytes.headMap(to)), left, lost);
        }

        Bytes read(long offset, int length) {
            byte[] all = new byte[(int) Math.clamp(size - offset, 0L, (long) length)];
            bytes.subMap(offset, offset + all.length).forEach((at, value) -> all[(int) (at - offset)] = value);
            return Bytes.owning(all);
        }

        /** All of it is known to be there, and to survive. */
        Content synced() {
            SortedSet<Long> all = new TreeSet<>(safe);
            bytes.keySet().forEach(offset -> all.add(chunk(offset)));
            return new Content(size, bytes, all, false);
        }

        Content withoutPower() {
            boolean survives = bytes.keySet().stream().allMatch(offset -> safe.contains(chunk(offset)));
            return survives ? this : new Content(size, bytes, safe, true);
        }

        private static long chunk(long offset) {
            return offset / BlockProtocol.CHUNK_BYTES;
        }
    }

    /**
     * A volume.
     *
     * @param last the number of the file that was made last
     * @param unsynced earlier states that the journal may fall back to, each without such states of its own
     */
    record Volume(SortedMap<String, Long> names, SortedMap<Long, Content> files, long last, List<Volume> unsynced) {
        private Volume with(String name, long number) {
            SortedMap<String, Long> after = new TreeMap<>(names);
            after.put(name, number);
            return new Volume(after, files, last, unsynced);
        }

        private Volume with(long number, Content content) {
            SortedMap<Long, Content> after = new TreeMap<>(files);
            after.put(number, content);
            return new Volume(names, after, Math.max(last, number), unsynced);
        }

        private Volume without(String name) {
            SortedMap<String, Long> left = new TreeMap<>(names);
            SortedMap<Long, Content> files = new TreeMap<>(this.files);
            Long number = left.remove(name);
            if (number != null) {
                files.remove(number);
            }
            return new Volume(left, files, last, unsynced);
        }

        private Volume since(List<Volume> earlier) {
            return new Volume(names, files, last, earlier);
        }
    }

    /** The one thing that a request can come to while nothing fails. */
    private record Step(Volume after, Reply reply) {}

    /** The first numbers are the directories'. */
    private static final long FIRST_FILE = 16;

    private final boolean powerFails;

    /** @param powerFails whether what is not synced must be remembered */
    FileModel(boolean powerFails) {
        this.powerFails = powerFails;
    }

    /** The reply without the time in it. */
    static Reply timeless(Reply reply) {
        return switch (reply) {
            case FileOpened(var status) -> new FileOpened(timeless(status));
            case StatAnswered(var status) -> new StatAnswered(timeless(status));
            case DirectoryListed(var entries, var more) ->
                new DirectoryListed(
                        entries.stream()
                                .map(entry -> new Entry(entry.name(), timeless(entry.status())))
                                .toList(),
                        more);
            default -> reply;
        };
    }

    private static Status timeless(Status status) {
        return new Status(status.id(), status.kind(), status.sizeBytes(), 0);
    }

    @Override
    public Volume initial() {
        return new Volume(Collections.emptySortedMap(), Collections.emptySortedMap(), FIRST_FILE - 1, List.of());
    }

    @Override
    public List<Volume> next(Volume state, Operation<Payload, Payload> operation) {
        Payload input = operation.input();
        Payload output = operation.output();
        if (input instanceof PowerLost(boolean everywhere)) {
            return withoutPower(state, everywhere);
        }
        if (output instanceof Refused(FileError error) && error == FileError.EIO) {
            Content content = state.files().get(number(input));
            return content != null && content.lost() ? List.of(state) : List.of();
        }
        Step step = step(state, (Request<?>) input);
        if (output == null ? step.after().equals(state) : !step.reply().equals(output)) {
            return List.of(); // Without an effect an indefinite operation need not be placed at all.
        }
        return List.of(remembering(state, step, input));
    }

    private Volume remembering(Volume before, Step step, Payload input) {
        if (input instanceof SyncFile && step.reply() instanceof Changed) {
            return step.after().since(List.of());
        }
        if (!powerFails || step.after().equals(before)) {
            return step.after();
        }
        List<Volume> unsynced = new ArrayList<>(before.unsynced());
        unsynced.add(before.since(List.of()));
        return step.after().since(List.copyOf(unsynced));
    }

    private static List<Volume> withoutPower(Volume state, boolean everywhere) {
        List<Volume> left = new ArrayList<>(everywhere ? state.unsynced() : List.of());
        left.add(everywhere ? state.since(List.of()) : state);
        left.replaceAll(volume -> {
            SortedMap<Long, Content> files = new TreeMap<>(volume.files());
            files.replaceAll((number, content) -> content.withoutPower());
            return new Volume(volume.names(), files, volume.last(), volume.unsynced());
        });
        return left;
    }

    private static long number(Payload input) {
        return switch (input) {
            case ReadFile(var file, var offset, var length) -> file.number();
            case WriteFile(var file, var offset, var data) -> file.number();
            case AppendFile(var file, var data) -> file.number();
            case SyncFile(var file) -> file.number();
            default -> 0; // Nothing else looks at bytes.
        };
    }

    private static Step step(Volume state, Request<?> request) {
        return switch (request) {
            case OpenFile open -> open(state, open);
            case ReadFile(var file, var offset, var length) ->
                of(state, file, content -> content, content -> new FileRead(content.read(offset, length)));
            case WriteFile(var file, var offset, var data) -> write(state, file, offset, data);
            case AppendFile(var file, var data) -> {
                Content content = state.files().get(file.number());
                yield write(state, file, content == null ? 0 : content.size(), data);
            }
            case TruncateFile(var file, var size) ->
                of(state, file, content -> content.cut(size), content -> new Changed());
            case SyncFile(var file) -> of(state, file, Content::synced, content -> new Changed());
            case StatFile(var file) -> of(state, file, content -> content, content -> stat(file, content));
            case StatPath(var path) -> stat(state, path);
            case ListDirectory(var path, var after, var limit) -> list(state, path);
            case RenamePath(var from, var to) -> rename(state, from, to);
            case UnlinkFile(var path) ->
                state.names().containsKey(name(path))
                        ? new Step(state.without(name(path)), new Changed())
                        : new Step(state, new Refused(FileError.ENOENT));
            default -> throw new IllegalArgumentException("no client of this test asks " + request);
        };
    }

    private static Step write(Volume state, FileId file, long offset, Bytes data) {
        return of(
                state,
                file,
                content -> content.written(offset, data),
                content -> new FileWritten(offset + data.length()));
    }

    /** A request by number: ESTALE for a file that is not there any more. */
    private static Step of(Volume state, FileId file, UnaryOperator<Content> change, Function<Content, Reply> reply) {
        Content content = state.files().get(file.number());
        if (content == null) {
            return new Step(state, new Refused(FileError.ESTALE));
        }
        Content after = change.apply(content);
        return new Step(after.equals(content) ? state : state.with(file.number(), after), reply.apply(content));
    }

    private static Step open(Volume state, OpenFile open) {
        String name = name(open.path());
        Long number = state.names().get(name);
        if (number == null && open.mode() == OpenMode.EXISTING) {
            return new Step(state, new Refused(FileError.ENOENT));
        }
        if (number != null && open.mode() == OpenMode.CREATE_NEW) {
            return new Step(state, new Refused(FileError.EEXIST));
        }
        boolean empties = number == null || open.mode() == OpenMode.CREATE_OR_TRUNCATE;
        long file = number == null ? state.last() + 1 : number;
        Volume after = empties ? state.with(name, file).with(file, Content.EMPTY) : state;
        Content content = after.files().getOrDefault(file, Content.EMPTY);
        return new Step(after, new FileOpened(status(new FileId(volume(open.path()), file), content)));
    }

    private static Step stat(Volume state, String path) {
        Long number = state.names().get(name(path));
        return number == null
                ? new Step(state, new Refused(FileError.ENOENT))
                : new Step(
                        state,
                        stat(new FileId(volume(path), number), state.files().getOrDefault(number, Content.EMPTY)));
    }

    private static StatAnswered stat(FileId file, Content content) {
        return new StatAnswered(status(file, content));
    }

    private static Status status(FileId file, Content content) {
        return new Status(file, Kind.FILE, content.size(), 0);
    }

    private static Step list(Volume state, String path) {
        List<Entry> entries = new ArrayList<>();
        state.names()
                .forEach((name, number) -> entries.add(new Entry(
                        name, status(new FileId(path, number), state.files().getOrDefault(number, Content.EMPTY)))));
        return new Step(state, new DirectoryListed(entries, false));
    }

    private static Step rename(Volume state, String from, String to) {
        Long number = state.names().get(name(from));
        if (number == null) {
            return new Step(state, new Refused(FileError.ENOENT));
        }
        if (from.equals(to)) {
            return new Step(state, new Changed());
        }
        Volume replaced = state.without(name(to));
        SortedMap<String, Long> names = new TreeMap<>(replaced.names());
        names.remove(name(from));
        names.put(name(to), number);
        return new Step(new Volume(names, replaced.files(), state.last(), state.unsynced()), new Changed());
    }

    static String volume(String path) {
        return path.substring(0, path.lastIndexOf('/'));
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
