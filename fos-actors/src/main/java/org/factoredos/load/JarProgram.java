package org.factoredos.load;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.factoredos.lib.Fos;
import org.factoredos.lib.Program;
import org.factoredos.lib.nio.FosFileSystem;
import org.factoredos.server.Fleet;

/**
 * A program that a user brought (A3): a jar in the tree of files, whose {@code Main-Class} is a {@link Program}, or a {@link Fleet} of
 * which this is one server.
 *
 * <p>It is read as the process that runs it may read it, and shares the JVM with all others of its node; whoever starts it has the
 * right {@code LOAD_CODE}.
 *
 * @param path absolute
 */
public record JarProgram(String path) implements Program {
    @Override
    public int run(Fos fos, List<String> arguments) throws IOException {
        FosFileSystem files = FosFileSystem.enter(fos);
        try (Jar jar = Jar.open(fos, path)) {
            Object main = jar.main();
            Thread.currentThread().setContextClassLoader(jar.loader()); // It ends with the program.
            return switch (main) {
                case Program program -> program.run(fos, arguments);
                case Fleet fleet -> FleetServer.run(fos, path, fleet, arguments);
                default -> throw jar.neither();
            };
        } catch (NotExecutable e) {
            fos.err().write((e.getMessage() + "\n").getBytes(StandardCharsets.UTF_8));
            return e.status();
        } finally {
            Reference.reachabilityFence(files); // Nobody else keeps it.
        }
    }
}
