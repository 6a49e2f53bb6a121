package org.factoredos;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The tags of all modules' tests, read from their sources: no module has the tests of the modules above it on its class path.
 *
 * <p>A test is {@code Class}, or {@code Class#method}, which has its class's tags too.
 */
final class TaggedTests {
    private static final Set<String> TAGS = Set.of("Tag", "ArchTag");

    private final Map<String, Set<String>> tagsByTest = new TreeMap<>();

    private TaggedTests() {}

    /** Of the folders' {@code src/test/java}. */
    static TaggedTests ofModules(Path root) {
        TaggedTests tests = new TaggedTests();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            var sources = files.getJavaFileObjectsFromPaths(sources(root));
            var task = (JavacTask) compiler.getTask(null, files, null, List.of("-proc:none"), null, sources);
            task.parse().forEach(tests::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return tests;
    }

    private static List<Path> sources(Path root) throws IOException {
        try (Stream<Path> modules = Files.list(root)) {
            return modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .flatMap(TaggedTests::javaFiles)
                    .toList();
        }
    }

    private static Stream<Path> javaFiles(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Empty where there is no such test. */
    Set<String> tagsOf(String test) {
        return tagsByTest.getOrDefault(test, Set.of());
    }

    private void add(CompilationUnitTree file) {
        file.getTypeDecls().forEach(type -> add(type, Set.of()));
    }

    private void add(Tree declared, Set<String> ofOuter) {
        if (!(declared instanceof ClassTree type)) {
            return;
        }
        String name = type.getSimpleName().toString();
        Set<String> ofType = tags(type.getModifiers(), ofOuter);
        tagsByTest.merge(name, ofType, TaggedTests::both);
        for (Tree member : type.getMembers()) {
            switch (member) {
                case MethodTree method -> addMember(name, method.getName(), method.getModifiers(), ofType);
                case VariableTree rule -> addMember(name, rule.getName(), rule.getModifiers(), ofType);
                default -> add(member, ofType);
            }
        }
    }

    private void addMember(String type, CharSequence member, ModifiersTree modifiers, Set<String> ofType) {
        tagsByTest.merge(type + "#" + member, tags(modifiers, ofType), TaggedTests::both);
    }

    private static Set<String> tags(ModifiersTree modifiers, Set<String> inherited) {
        return both(
                inherited,
                modifiers.getAnnotations().stream()
                        .filter(annotation ->
                                TAGS.contains(annotation.getAnnotationType().toString()))
                        .map(TaggedTests::value)
                        .collect(Collectors.toSet()));
    }

    private static String value(AnnotationTree tag) {
        ExpressionTree argument = tag.getArguments().getFirst();
        ExpressionTree value = argument instanceof AssignmentTree assigned ? assigned.getExpression() : argument;
        return value instanceof LiteralTree literal ? String.valueOf(literal.getValue()) : "";
    }

    private static Set<String> both(Set<String> one, Set<String> other) {
        Set<String> all = new LinkedHashSet<>(one);
        all.addAll(other);
        return all;
    }
}
