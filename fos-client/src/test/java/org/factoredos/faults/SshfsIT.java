package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The grid's files as a file system of the machine, by sshfs: git and tar work on it as on any, and what they made is there at
 * another node when the one that they worked at was killed.
 *
 * <p>{@code fos.files}: how many files are committed.
 */
@Tag("A3")
@Tag("O5")
@Timeout(1800)
class SshfsIT {
    private static final int FILES = Integer.getInteger("fos.files", 100);
    private static final List<String> TOOLS = List.of("sshfs", "git", "tar", "diff");
    /** A source tree. */
    private static final Path TREE =
            Path.of("../fos-actors/src/main/java/org/factoredos/kernel").toAbsolutePath();

    private static final String MADE = """
            mkdir "$mount/repo"
            cd "$mount/repo"
            git init -q
            git config user.name somebody
            git config user.email somebody@example.org
            for i in $(seq 1 $files); do
                directory=d$((i % 20))
                mkdir -p $directory
                echo "this is file $i" > "$directory/file $i"
            done
            git add -A
            git commit -q -m all
            tar c -C "$tree" . | { mkdir "$mount/tree"; tar x -C "$mount/tree"; }
            """;

    private static final String CHECKED = """
            cd "$mount/repo"
            git fsck --strict
            test -z "$(git status --porcelain)"
            test "$(git ls-files | wc -l)" -eq "$files"
            diff -r "$tree" "$mount/tree"
            """;

    @Test
    void gitAndTarWorkAndWhatTheyMadeOutlivesTheirNode() throws Exception {
        TOOLS.forEach(tool -> assumeTrue(Product.has(tool), "needs " + tool + ": apt-get install " + tool));
        try (UpGrid grid = UpGrid.start("sshfs", 3)) {
            long begun = System.nanoTime();
            mounted(grid, 0, MADE + CHECKED);
            Report.say("sshfs: " + FILES + " files committed by git, and a tree of sources unpacked, in "
                    + (System.nanoTime() - begun) / 1_000_000 + " ms");

            grid.kill(0);
            begun = System.nanoTime();
            mounted(grid, 1, CHECKED);
            Report.say("sshfs: all of it found unharmed at another node within "
                    + (System.nanoTime() - begun) / 1_000_000 + " ms of the first one's death");
        }
    }

    /** Runs the script with /home of the grid at {@code $mount}, served by one node. */
    private static void mounted(UpGrid grid, int node, String script) throws IOException, InterruptedException {
        Path mount = Files.createDirectories(grid.home().resolve("mount-" + node));
        String whole = "set -e; mount='" + mount + "'; tree='" + TREE + "'; files=" + FILES + "\n"
                + "sshfs -o IdentityFile='" + grid.key() + "',StrictHostKeyChecking=no,UserKnownHostsFile=/dev/null"
                + ",LogLevel=ERROR -p " + grid.sshPort(node) + " operator@" + grid.sshHost(node) + ":/home \"$mount\"\n"
                + "trap 'cd /; fusermount -u -z \"$mount\"' EXIT\n"
                + script;
        assertThat(grid.tool("sh", "-c", whole)).doesNotContain("error");
    }
}
