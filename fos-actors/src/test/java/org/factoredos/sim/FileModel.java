package org.factoredos.sim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.factoredos.driver.BlockProtocol;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol.Access;
import org.factoredos.file.FileProtocol.AppendFile;
import org.factoredos.file.FileProtocol.Attributes;
import org.factoredos.file.FileProtocol.Changed;
import org.factoredos.file.FileProtocol.DirectoryListed;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.FileOpened;
import org.factoredos.file.FileProtocol.FileRead;
import org.factoredos.file.FileProtocol.FileWritten;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.LinkRead;
import org.factoredos.file.FileProtocol.ListDirectory;
import org.factoredos.file.FileProtocol.MakeLink;
import org.factoredos.file.FileProtocol.MakeSymbolicLink;
import org.factoredos.file.FileProtocol.OpenFile;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.ReadFile;
import org.factoredos.file.FileProtocol.ReadLink;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.FileProtocol.RenamePath;
import org.factoredos.file.FileProtocol.Reply;
import org.factoredos.file.FileProtocol.Request;
import org.factoredos.file.FileProtocol.SetAttributes;
import org.factoredos.file.FileProtocol.StatAnswered;
import org.factoredos.file.FileProtocol.StatFile;
import org.factoredos.file.FileProtocol.StatLink;
import org.factoredos.file.FileProtocol.StatPath;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.file.FileProtocol.SyncFile;
import org.factoredos.file.FileProtocol.TruncateFile;
import org.factoredos.file.FileProtocol.UnlinkFile;
import org.factoredos.file.FileProtocol.WriteFile;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.sim.Linearizability.Operation;
import org.jspecify.annotations.Nullable;

/**
 * What one volume does, without directories but with links, owners and modes, one operation after another (G5).
 *
 * <p>Requests and replies are the protocol's own, with {@link #timeless times} left out. A {@link PowerLost} may take the
 * volume back to anything since the last {@code fsync}, and bytes that were never synced may be gone: they are then an
 * error, and never other bytes.
 */
final class FileModel implements Linearizability.Model<FileModel.Volume, Payload, Payload> {
    /** @param everywhere the journal's too, and not one node's alone */
    record PowerLost(boolean everywhere) implements Payload {}

    /** A request, and in which domain it was made. */
    record Asked(String domain, Request<?> request) implements Payload {
        private boolean unstopped() {
            return domain.equals(OPERATOR);
        }

        private boolean owns(Content content) {
            return unstopped() || content.owner().equals(domain);
        }

        /** @param bits of the class that it belongs to */
        private boolean may(Content content, int bits) {
            return unstopped() || ((owns(content) ? content.mode() >> 6 : content.mode()) & bits) == bits;
        }

        /** Whoever owns what they have by number is not stopped by its mode. */
        private boolean mayUse(Content content, int bits) {
            return owns(content) || may(content, bits);
        }
    }

    static final String OPERATOR = "operator";
    /** Its root is everybody's, with the sticky bit; others' are the operator's. */
    private static final String COMMON = "/tmp";

    private static final int MOST_LINKS = 40;

    /**
     * A file.
     *
     * @param bytes by offset; what is missing is zero
     * @param safe the chunks that survive a loss of power, also if they are written to after that
     * @param lost some of it may be gone
     * @param target of a symbolic link; else empty
     */
    private record Content(
            long size,
            SortedMap<Long, Byte> bytes,
            SortedSet<Long> safe,
            boolean lost,
            String owner,
            int mode,
            String target) {
        static Content file(String owner) {
            return new Content(0, Collections.emptySortedMap(), Collections.emptySortedSet(), false, owner, 0644, "");
        }

        static Content link(String owner, String target) {
            return new Content(
                    target.length(),
                    Collections.emptySortedMap(),
                    Collections.emptySortedSet(),
                    false,
                    owner,
                    0777,
                    target);
        }

        private Content of(long size, SortedMap<Long, Byte> bytes, SortedSet<Long> safe, boolean lost) {
            return new Content(size, bytes, safe, lost, owner, mode, target);
        }

        Content withMode(int mode) {
            return new Content(size, bytes, safe, lost, owner, mode, target);
        }

        Content written(long offset, Bytes data) {
            SortedMap<Long, Byte> after = new TreeMap<>(bytes);
            for (int i = 0; i < data.length(); i++) {
                after.put(offset + i, data.at(i));
            }
            return of(Math.max(size, offset + data.length()), after, safe, lost);
        }

        Content cut(long to) {
            if (to == 0) {
                return of(0, Collections.emptySortedMap(), Collections.emptySortedSet(), false);
            }
            SortedSet<Long> left = new TreeSet<>(safe.headSet(chunk(to - 1) + 1));
            return of(to, new TreeMap<>(bytes.headMap(to)), left, lost);
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
            return of(size, bytes, all, false);
        }

        Content withoutPower() {
            boolean survives = bytes.keySet().stream().allMatch(offset -> safe.contains(chunk(offset)));
            return survives ? this : of(size, bytes, safe, true);
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
            if (number != null && !left.containsValue(number)) {
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
        Attributes attributes = status.attributes();
        return new Status(
                status.id(),
                status.kind(),
                status.sizeBytes(),
                0,
                new Attributes(attributes.owner(), attributes.mode(), attributes.links(), 0, 0, 0));
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
        Step step = step(state, (Asked) input);
        if (output == null ? step.after().equals(state) : !step.reply().equals(output)) {
            return List.of(); // Without an effect an indefinite operation need not be placed at all.
        }
        return List.of(remembering(state, step, input));
    }

    private Volume remembering(Volume before, Step step, Payload input) {
        if (input instanceof Asked(var domain, SyncFile sync) && step.reply() instanceof Changed) {
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
        return switch (((Asked) input).request()) {
            case ReadFile(var file, var offset, var length) -> file.number();
            case WriteFile(var file, var offset, var data) -> file.number();
            case AppendFile(var file, var data) -> file.number();
            case SyncFile(var file) -> file.number();
            default -> 0; // Nothing else looks at bytes.
        };
    }

    private static Step step(Volume state, Asked asked) {
        return switch (asked.request()) {
            case OpenFile open -> open(state, asked, open);
            case ReadFile(var file, var offset, var length) ->
                of(state, asked, file, 4, content -> content, content -> new FileRead(content.read(offset, length)));
            case WriteFile(var file, var offset, var data) -> write(state, asked, file, offset, data);
            case AppendFile(var file, var data) -> {
                Content content = state.files().get(file.number());
                yield write(state, asked, file, content == null ? 0 : content.size(), data);
            }
            case TruncateFile(var file, var size) ->
                of(state, asked, file, 2, content -> content.cut(size), content -> new Changed());
            case SyncFile(var file) -> of(state, asked, file, 0, Content::synced, content -> new Changed());
            case StatFile(var file) ->
                of(
                        state,
                        asked,
                        file,
                        0,
                        content -> content,
                        content -> new StatAnswered(status(state, file.volume(), file.number())));
            case StatPath(var path) -> stat(state, path, followed(state, path));
            case StatLink(var path) -> stat(state, path, name(path));
            case ReadLink(var path) -> readLink(state, path);
            case ListDirectory(var path, var after, var limit) -> list(state, path);
            case MakeLink(var existing, var path) -> link(state, asked, existing, path);
            case MakeSymbolicLink(var target, var path) -> symbolicLink(state, asked, target, path);
            case SetAttributes set -> setMode(state, asked, set);
            case RenamePath(var from, var to) -> rename(state, asked, from, to);
            case UnlinkFile(var path) -> unlink(state, asked, path);
            default -> throw new IllegalArgumentException("no client of this test asks " + asked);
        };
    }

    private static Step refused(Volume state, FileError error) {
        return new Step(state, new Refused(error));
    }

    private static Step write(Volume state, Asked asked, FileId file, long offset, Bytes data) {
        return of(
                state,
                asked,
                file,
                2,
                content -> content.written(offset, data),
                content -> new FileWritten(offset + data.length()));
    }

    /** A request by number: ESTALE for a file that is not there any more. */
    private static Step of(
            Volume state,
            Asked asked,
            FileId file,
            int bits,
            UnaryOperator<Content> change,
            Function<Content, Reply> reply) {
        Content content = state.files().get(file.number());
        if (content == null) {
            return refused(state, FileError.ESTALE);
        }
        if (!asked.mayUse(content, bits)) {
            return refused(state, FileError.EACCES);
        }
        Content after = change.apply(content);
        return new Step(after.equals(content) ? state : state.with(file.number(), after), reply.apply(content));
    }

    /** The name that a path's links lead to; null where they lead in a circle. */
    private static @Nullable String followed(Volume state, String path) {
        String name = name(path);
        for (int links = 0; links <= MOST_LINKS; links++) {
            Content content = content(state, name);
            if (content == null || content.target().isEmpty()) {
                return name;
            }
            name = content.target();
        }
        return null;
    }

    private static @Nullable Content content(Volume state, String name) {
        Long number = state.names().get(name);
        return number == null ? null : state.files().get(number);
    }

    private static boolean mayMake(Asked asked, String path) {
        return asked.unstopped() || volume(path).equals(COMMON);
    }

    private static @Nullable FileError taking(Asked asked, String path, Content content) {
        if (!mayMake(asked, path)) {
            return FileError.EACCES;
        }
        return asked.owns(content) ? null : FileError.EPERM;
    }

    private static Step open(Volume state, Asked asked, OpenFile open) {
        boolean fresh = open.mode() == OpenMode.CREATE_NEW;
        String name = fresh ? name(open.path()) : followed(state, open.path());
        if (name == null) {
            return refused(state, FileError.ELOOP);
        }
        String volume = volume(open.path());
        Content content = content(state, name);
        if (content != null) {
            boolean empties = open.mode() == OpenMode.CREATE_OR_TRUNCATE;
            int bits = open.access() == Access.READ ? 4 : 2;
            if (fresh || !asked.may(content, empties ? bits | 2 : bits)) {
                return refused(state, fresh ? FileError.EEXIST : FileError.EACCES);
            }
            long number = state.names().getOrDefault(name, 0L);
            Volume after = empties ? state.with(number, content.cut(0)) : state;
            return new Step(after, new FileOpened(status(after, volume, number)));
        }
        if (open.mode() == OpenMode.EXISTING) {
            return refused(state, FileError.ENOENT);
        }
        if (!mayMake(asked, open.path())) {
            return refused(state, FileError.EACCES);
        }
        long number = state.last() + 1;
        Volume after = state.with(name, number).with(number, Content.file(asked.domain()));
        return new Step(after, new FileOpened(status(after, volume, number)));
    }

    private static Step stat(Volume state, String path, @Nullable String name) {
        if (name == null) {
            return refused(state, FileError.ELOOP);
        }
        Long number = state.names().get(name);
        return number == null
                ? refused(state, FileError.ENOENT)
                : new Step(state, new StatAnswered(status(state, volume(path), number)));
    }

    private static Step readLink(Volume state, String path) {
        Content content = content(state, name(path));
        if (content == null) {
            return refused(state, FileError.ENOENT);
        }
        return content.target().isEmpty()
                ? refused(state, FileError.EINVAL)
                : new Step(state, new LinkRead(content.target()));
    }

    private static Status status(Volume state, String volume, long number) {
        Content content = state.files().getOrDefault(number, Content.file(""));
        int names = (int)
                state.names().values().stream().filter(one -> one == number).count();
        return new Status(
                new FileId(volume, number),
                content.target().isEmpty() ? Kind.FILE : Kind.SYMBOLIC_LINK,
                content.size(),
                0,
                new Attributes(content.owner(), content.mode(), names, 0, 0, 0));
    }

    private static Step list(Volume state, String path) {
        List<Entry> entries = new ArrayList<>();
        state.names().forEach((name, number) -> entries.add(new Entry(name, status(state, path, number))));
        return new Step(state, new DirectoryListed(entries, false));
    }

    private static Step link(Volume state, Asked asked, String existing, String path) {
        Long number = state.names().get(name(existing));
        Content content = content(state, name(existing));
        if (number == null || content == null) {
            return refused(state, FileError.ENOENT);
        }
        if (!asked.owns(content) && !asked.may(content, 6)) {
            return refused(state, FileError.EPERM);
        }
        return make(state, asked, path, () -> state.with(name(path), number));
    }

    private static Step symbolicLink(Volume state, Asked asked, String target, String path) {
        long number = state.last() + 1;
        return make(
                state,
                asked,
                path,
                () -> state.with(name(path), number).with(number, Content.link(asked.domain(), target)));
    }

    private static Step make(Volume state, Asked asked, String path, Supplier<Volume> after) {
        if (state.names().containsKey(name(path))) {
            return refused(state, FileError.EEXIST);
        }
        return mayMake(asked, path) ? new Step(after.get(), new Changed()) : refused(state, FileError.EACCES);
    }

    private static Step setMode(Volume state, Asked asked, SetAttributes set) {
        String name = followed(state, set.path());
        Content content = name == null ? null : content(state, name);
        Integer mode = set.attributes().mode();
        if (name == null || content == null || mode == null) {
            return refused(state, name == null ? FileError.ELOOP : FileError.ENOENT);
        }
        if (!asked.owns(content)) {
            return refused(state, FileError.EPERM);
        }
        return new Step(state.with(state.names().getOrDefault(name, 0L), content.withMode(mode)), new Changed());
    }

    private static Step unlink(Volume state, Asked asked, String path) {
        Content content = content(state, name(path));
        if (content == null) {
            return refused(state, FileError.ENOENT);
        }
        FileError error = taking(asked, path, content);
        return error == null ? new Step(state.without(name(path)), new Changed()) : refused(state, error);
    }

    private static Step rename(Volume state, Asked asked, String from, String to) {
        Long number = state.names().get(name(from));
        Content content = content(state, name(from));
        if (number == null || content == null) {
            return refused(state, FileError.ENOENT);
        }
        Content there = content(state, name(to));
        FileError error = taking(asked, from, content);
        if (error == null && there != null) {
            error = taking(asked, to, there);
        }
        if (error != null) {
            return refused(state, error);
        }
        if (number.equals(state.names().get(name(to)))) {
            return new Step(state, new Changed()); // Two names of one file stay both.
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
