package org.factoredos.load;

import java.util.Set;

/**
 * What a user's jar sees of the system: libfos, and the packages whose types its calls and a fleet's core have to do with. The rest,
 * Akka and whatever else a node is made of, is not there, so that a jar brings the libraries that it wants.
 */
final class SharedClasses extends ClassLoader {
    private static final String ROOT = "org.factoredos.";
    /** {@code libfos-api.jar} has the same, by the pom. */
    static final Set<String> PACKAGES = Set.of(
            "driver",
            "file",
            "grid",
            "kernel",
            "lib",
            "lib.nio",
            "memory",
            "naming",
            "network",
            "placement",
            "privilege",
            "server",
            "sim");

    static {
        registerAsParallelCapable();
    }

    SharedClasses() {
        super("libfos", ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        int end = name.lastIndexOf('.');
        if (end < ROOT.length() || !name.startsWith(ROOT) || !PACKAGES.contains(name.substring(ROOT.length(), end))) {
            throw new ClassNotFoundException(name);
        }
        return SharedClasses.class.getClassLoader().loadClass(name);
    }
}
