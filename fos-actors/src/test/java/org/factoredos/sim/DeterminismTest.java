package org.factoredos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.factoredos.sim.Scenario.Variant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The seed alone decides a run, event by event: in one JVM twice, and in another one. */
@Tag("N10")
class DeterminismTest {
    private static final long[] SEEDS = {5, 6, 7, 8};

    @Test
    void sameSeedIsTheSameRun() {
        assertThat(hashes(SEEDS)).isEqualTo(hashes(SEEDS)).doesNotHaveDuplicates();
    }

    @Test
    void sameSeedIsTheSameRunInAnotherJvm() throws IOException, InterruptedException {
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DeterminismTest.class.getName())
                .redirectErrorStream(true)
                .start();
        String said = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(other.waitFor()).as(said).isZero();
        assertThat(said.strip()).endsWith(hashes(SEEDS).toString());
    }

    /** The other JVM. */
    public static void main(String[] none) {
        System.out.println(hashes(SEEDS));
    }

    private static List<Long> hashes(long[] seeds) {
        List<Long> hashes = new ArrayList<>();
        for (long seed : seeds) {
            for (Scenario scenario :
                    List.of(new NameScenario(seed, Variant.NONE), new FileScenario(seed, Variant.NONE))) {
                scenario.violation();
                hashes.add(scenario.hash());
            }
        }
        return hashes;
    }
}
