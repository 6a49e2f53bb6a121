package org.factoredos.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipException;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.lib.Fos;
import org.factoredos.lib.Program;
import org.factoredos.server.Fleet;
import org.jspecify.annotations.Nullable;

/**
 * A jar of the tree of files, copied to this machine so that its classes can be loaded, as it was when it was opened; closing it
 * takes the copy away.
 */
final class Jar implements AutoCloseable {
    private static final long MOST_BYTES = 256L << 20;
    /** Of its name, in that of the copy: for people who look for what fills their disk. */
    private static final int MOST_OF_NAME = 40;

    private static final int PIECE_BYTES = 1 << 20;

    private final String path;
    private final Path copy;
    private final String mainClass;
    private final URLClassLoader loader;

    private Jar(String path, Path copy, String mainClass) throws IOException {
        this.path = path;
        this.copy = copy;
        this.mainClass = mainClass;
        this.loader = new URLClassLoader(path, new URL[] {copy.toUri().toURL()}, new SharedClasses());
    }

    static Jar open(Fos fos, String path) throws IOException {
        Status status = fos.find(path).orElseThrow(() -> NotExecutable.notFound(path));
        if (status.kind() != Kind.FILE) {
            throw NotExecutable.of(path, status.kind() == Kind.DIRECTORY ? "it is a directory" : "it is no file");
        }
        String name = path.substring(path.lastIndexOf('/') + 1).replaceAll("[^A-Za-z0-9]+", "-");
        Path copy =
                Files.createTempFile("fos-" + name.substring(0, Math.min(name.length(), MOST_OF_NAME)) + "-", ".jar");
        try {
            copy(fos, path, copy);
            return new Jar(path, copy, mainClass(path, copy));
        } catch (IOException
                | RuntimeException
                | Error e) { // A process that is killed meanwhile leaves nothing either.
            Files.delete(copy);
            throw e;
        }
    }

    /** What a file says of its size is true of its past at most: one that grows, or a device, has no end. */
    private static void copy(Fos fos, String path, Path copy) throws IOException {
        try (InputStream in = fos.open(path, OpenMode.EXISTING).input();
                OutputStream out = Files.newOutputStream(copy)) {
            byte[] piece = new byte[PIECE_BYTES];
            long done = 0;
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                done += count;
                if (done > MOST_BYTES) {
                    throw NotExecutable.of(path, "a program has at most " + (MOST_BYTES >> 20) + " MiB");
                }
                out.write(piece, 0, count);
            }
        }
    }

    private static String mainClass(String path, Path copy) throws IOException {
        try (JarFile jar = new JarFile(copy.toFile())) {
            @Nullable Manifest manifest = jar.getManifest();
            @Nullable
            String name = manifest == null ? null : manifest.getMainAttributes().getValue(Attributes.Name.MAIN_CLASS);
            if (name == null) {
                throw NotExecutable.of(path, "its manifest names no Main-Class");
            }
            return name.strip();
        } catch (ZipException e) {
            throw NotExecutable.of(path, "it is no jar", e);
        }
    }

    ClassLoader loader() {
        return loader;
    }

    /** A new object of its main class. */
    Object main() throws NotExecutable {
        String main = "its Main-Class " + mainClass;
        try {
            return Class.forName(mainClass, true, loader).getConstructor().newInstance();
        } catch (ClassNotFoundException e) {
            throw NotExecutable.of(path, main + " is not in it", e);
        } catch (NoSuchMethodException | IllegalAccessException | InstantiationException e) {
            throw NotExecutable.of(path, main + " has no public constructor without parameters", e);
        } catch (InvocationTargetException e) {
            throw NotExecutable.of(path, main + " cannot be made: " + e.getCause(), e);
        } catch (LinkageError e) {
            throw NotExecutable.of(path, main + " cannot be loaded: " + e, e);
        }
    }

    NotExecutable neither() {
        return NotExecutable.of(
                path,
                "its Main-Class " + mainClass + " is neither a " + Program.class.getName() + " nor a "
                        + Fleet.class.getName());
    }

    @Override
    public void close() throws IOException {
        try {
            loader.close();
        } finally {
            Files.deleteIfExists(copy);
        }
    }
}
