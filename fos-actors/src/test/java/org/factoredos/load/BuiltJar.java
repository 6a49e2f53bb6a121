package org.factoredos.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** A jar as a user builds it, from one source file. */
public final class BuiltJar {
    private BuiltJar() {}

    /** Compiles and packs it; the source is that of {@code mainClass}, which is in no package. */
    public static Path of(Path folder, String mainClass, String source) throws IOException {
        Path classes = Files.createDirectory(folder.resolve(mainClass + ".classes"));
        var file =
                new SimpleJavaFileObject(URI.create("string:///" + mainClass + ".java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        StringWriter said = new StringWriter();
        boolean compiled = ToolProvider.getSystemJavaCompiler()
                .getTask(said, null, null, List.of("-proc:none", "-d", classes.toString()), null, List.of(file))
                .call();
        assertThat(compiled).as(said.toString()).isTrue();
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, mainClass);
        Path jar = folder.resolve(mainClass + ".jar");
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out, manifest);
                Stream<Path> built = Files.list(classes)) {
            for (Path one : built.toList()) {
                entries.putNextEntry(new JarEntry(one.getFileName().toString()));
                Files.copy(one, entries);
            }
        }
        return jar;
    }
}
