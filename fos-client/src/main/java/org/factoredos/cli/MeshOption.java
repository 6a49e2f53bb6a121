package org.factoredos.cli;

import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code --tiles}, of every command that begins a grid. */
final class MeshOption {
    private static final Pattern TILES = Pattern.compile("[1-9]\\d{0,2}x[1-9]\\d{0,2}");

    @Option(
            names = "--tiles",
            paramLabel = "COLUMNSxROWS",
            description = "Each node's mesh of tiles; 8x8 where nothing is said.")
    private @Nullable String tiles;

    /** What was said; {@code command} is blamed where that is no mesh. */
    Optional<String> tiles(CommandSpec command) {
        if (tiles != null && !TILES.matcher(tiles).matches()) {
            throw new ParameterException(
                    command.commandLine(), "--tiles wants COLUMNSxROWS, such as 8x8, and not '" + tiles + "'");
        }
        return Optional.ofNullable(tiles);
    }
}
