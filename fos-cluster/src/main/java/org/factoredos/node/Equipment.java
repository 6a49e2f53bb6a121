package org.factoredos.node;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.factoredos.lib.Program;
import org.factoredos.server.Device;
import org.jspecify.annotations.Nullable;

/**
 * What a node is given by whoever starts it.
 *
 * @param console the node's terminal
 * @param programs the programs by name; null for a name that is none
 * @param host the root of what is seen of the host's files; empty for nothing
 * @param version what {@code /etc/motd} says
 */
public record Equipment(
        Device console, Function<String, @Nullable Program> programs, Optional<Path> host, String version) {}
