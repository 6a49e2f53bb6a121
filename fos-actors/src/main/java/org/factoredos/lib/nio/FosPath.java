package org.factoredos.lib.nio;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.factoredos.file.FileProtocol.Status;
import org.jspecify.annotations.Nullable;

/** A path of fos, as text with single slashes and none at the end; the empty one is the working directory. */
public final class FosPath implements Path {
    private static final int MOST_LINKS = 40;

    private final FosFileSystem system;
    private final String text;
    private final @Nullable Status listed;

    private FosPath(FosFileSystem system, String text, @Nullable Status listed) {
        this.system = system;
        this.text = text;
        this.listed = listed;
    }

    static FosPath of(FosFileSystem system, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new InvalidPathException(text, "a path has no NUL character", text.indexOf('\0'));
        }
        String single = text.replaceAll("/{2,}", "/");
        boolean slashAtEnd = single.length() > 1 && single.endsWith("/");
        return new FosPath(system, slashAtEnd ? single.substring(0, single.length() - 1) : single, null);
    }

    static FosPath from(Path path) {
        if (path instanceof FosPath ours) {
            return ours;
        }
        throw new ProviderMismatchException(path + " is no path of fos");
    }

    /** What a listing of its directory said of it; empty where it comes from none. True when it was listed, at best. */
    public Optional<Status> listed() {
        return Optional.ofNullable(listed);
    }

    FosPath listed(String name, Status status) {
        return new FosPath(system, join(text, name), status);
    }

    private FosPath with(String other) {
        return new FosPath(system, other, null);
    }

    private static String join(String directory, String path) {
        return directory.isEmpty() || directory.endsWith("/") ? directory + path : directory + "/" + path;
    }

    /** Its parts; the empty path has one, which is empty. */
    private List<String> names() {
        String below = isAbsolute() ? text.substring(1) : text;
        return below.isEmpty() && isAbsolute() ? List.of() : List.of(below.split("/", -1));
    }

    @Override
    public FosFileSystem getFileSystem() {
        return system;
    }

    @Override
    public boolean isAbsolute() {
        return text.startsWith("/");
    }

    @Override
    public @Nullable FosPath getRoot() {
        return isAbsolute() ? with("/") : null;
    }

    @Override
    public @Nullable FosPath getFileName() {
        List<String> names = names();
        return names.isEmpty() ? null : with(names.getLast());
    }

    @Override
    public @Nullable FosPath getParent() {
        int slash = text.lastIndexOf('/');
        if (slash < 0 || text.length() == 1) {
            return null;
        }
        return with(slash == 0 ? "/" : text.substring(0, slash));
    }

    @Override
    public int getNameCount() {
        return names().size();
    }

    @Override
    public FosPath getName(int index) {
        return subpath(index, index + 1);
    }

    @Override
    public FosPath subpath(int beginIndex, int endIndex) {
        List<String> names = names();
        if (beginIndex < 0 || endIndex > names.size() || beginIndex >= endIndex) {
            throw new IllegalArgumentException("'" + this + "' has no names " + beginIndex + " to " + endIndex);
        }
        return with(String.join("/", names.subList(beginIndex, endIndex)));
    }

    @Override
    public boolean startsWith(Path other) {
        if (!(other instanceof FosPath that) || that.system != system || that.isAbsolute() != isAbsolute()) {
            return false;
        }
        List<String> mine = names();
        List<String> theirs = that.names();
        return theirs.size() <= mine.size() && mine.subList(0, theirs.size()).equals(theirs);
    }

    @Override
    public boolean endsWith(Path other) {
        if (!(other instanceof FosPath that) || that.system != system) {
            return false;
        }
        if (that.isAbsolute()) {
            return equals(that);
        }
        List<String> mine = names();
        List<String> theirs = that.names();
        return theirs.size() <= mine.size()
                && mine.subList(mine.size() - theirs.size(), mine.size()).equals(theirs);
    }

    @Override
    public FosPath normalize() {
        Deque<String> kept = new ArrayDeque<>();
        for (String name : names()) {
            boolean up = name.equals("..");
            if (up && !kept.isEmpty() && !kept.getLast().equals("..")) {
                kept.removeLast();
            } else if (!name.isEmpty() && !name.equals(".") && !(up && isAbsolute())) {
                kept.addLast(name);
            }
        }
        return with((isAbsolute() ? "/" : "") + String.join("/", kept));
    }

    @Override
    public FosPath resolve(Path other) {
        FosPath that = from(other);
        if (that.isAbsolute()) {
            return that;
        }
        return that.text.isEmpty() ? this : with(join(text, that.text));
    }

    @Override
    public FosPath relativize(Path other) {
        FosPath that = from(other);
        if (that.isAbsolute() != isAbsolute()) {
            throw new IllegalArgumentException("of '" + this + "' and '" + that + "' only one is absolute");
        }
        if (text.isEmpty()) {
            return that;
        }
        List<String> mine = names();
        List<String> theirs = that.text.isEmpty() ? List.of() : that.names();
        int common = 0;
        while (common < mine.size()
                && common < theirs.size()
                && mine.get(common).equals(theirs.get(common))) {
            common++;
        }
        List<String> rest = mine.subList(common, mine.size());
        if (rest.contains("..")) {
            throw new IllegalArgumentException("nobody knows what '" + this + "' leads up from");
        }
        Deque<String> names = new ArrayDeque<>(theirs.subList(common, theirs.size()));
        rest.forEach(name -> names.addFirst(".."));
        return with(String.join("/", names));
    }

    @Override
    public URI toUri() {
        try {
            return new URI(FosFileSystemProvider.SCHEME, "", toAbsolutePath().text, null, null);
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public FosPath toAbsolutePath() {
        return isAbsolute() ? this : of(system, join(system.fos().workingDirectory(), text));
    }

    /** Without links on the way, unless it is told not to follow them. */
    @Override
    public FosPath toRealPath(LinkOption... options) throws IOException {
        FosPath path = toAbsolutePath().normalize();
        if (List.of(options).contains(LinkOption.NOFOLLOW_LINKS)) {
            system.provider().attributes(path, false);
            return path;
        }
        Deque<String> ahead = new ArrayDeque<>(path.names());
        FosPath real = with("/");
        for (int links = 0; !ahead.isEmpty(); ) {
            String name = ahead.removeFirst();
            if (name.isEmpty() || name.equals(".") || name.equals("..")) {
                FosPath parent = name.equals("..") ? real.getParent() : real;
                real = parent == null ? real : parent;
                continue;
            }
            FosPath next = with(join(real.text, name));
            if (!system.provider().attributes(next, false).isSymbolicLink()) {
                real = next;
                continue;
            }
            if (++links > MOST_LINKS) {
                throw new FileSystemLoopException(toString());
            }
            FosPath target = system.provider().readSymbolicLink(next);
            target.names().reversed().forEach(ahead::addFirst);
            real = target.isAbsolute() ? with("/") : real;
        }
        return real;
    }

    @Override
    public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
        throw new UnsupportedOperationException("fos tells nobody of changes of its files");
    }

    @Override
    public int compareTo(Path other) {
        return text.compareTo(((FosPath) other).text);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FosPath that && that.system == system && that.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
