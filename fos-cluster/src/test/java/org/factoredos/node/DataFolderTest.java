package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lock, the boot count, and one sentence for each way in which a folder cannot be had. */
class DataFolderTest {
    @TempDir
    Path temporary;

    @Test
    void eachOpeningIsOneBoot() throws Exception {
        for (int boot = 1; boot <= 3; boot++) {
            try (DataFolder data = DataFolder.open(temporary.resolve("a/b"))) {
                assertThat(data.boot()).isEqualTo(boot);
            }
        }
    }

    @Test
    void layoutIsMade() throws Exception {
        try (DataFolder data = DataFolder.open(temporary)) {
            assertThat(temporary).isDirectoryContaining("glob:**/journal");
            assertThat(data.journal()).isDirectory();
            assertThat(data.chunks()).isDirectory();
            assertThat(data.log()).isDirectory();
        }
    }

    @Test
    void aBootKilledBeforeItCountedIsNotABoot() throws Exception {
        Files.createFile(temporary.resolve("boot"));

        try (DataFolder data = DataFolder.open(temporary)) {
            assertThat(data.boot()).isEqualTo(1);
        }
    }

    @Test
    void dataOfAnotherVersionAreLeftAlone() throws Exception {
        DataFolder.open(temporary).close();
        Files.writeString(temporary.resolve("format"), "1");

        assertThatExceptionOfType(DataFolder.Unusable.class)
                .isThrownBy(() -> DataFolder.open(temporary))
                .withMessageContaining("is of another version of fos");
        Files.delete(temporary.resolve("format"));
        assertThatExceptionOfType(DataFolder.Unusable.class)
                .isThrownBy(() -> DataFolder.open(temporary))
                .withMessageContaining("is of another version of fos");
    }

    @Test
    void aSecondNodeOfTheSameProcessIsRefusedAndCountsNoBoot() throws Exception {
        try (DataFolder first = DataFolder.open(temporary)) {
            assertThatExceptionOfType(DataFolder.Unusable.class)
                    .isThrownBy(() -> DataFolder.open(temporary))
                    .withMessage("the data folder " + temporary
                            + " is in use by another fos: stop that one, or choose another folder");
            assertThat(first.boot()).isEqualTo(1);
        }
        try (DataFolder second = DataFolder.open(temporary)) {
            assertThat(second.boot()).isEqualTo(2);
        }
    }

    @Test
    void aSecondProcessIsRefusedUntilTheFirstIsKilled() throws Exception {
        Process holder = JavaProcess.start(Holder.class, temporary.toString());
        try {
            assertThat(holder.inputReader().readLine()).isEqualTo("1");
            assertThatExceptionOfType(DataFolder.Unusable.class)
                    .isThrownBy(() -> DataFolder.open(temporary))
                    .withMessageContaining("is in use by another fos");
        } finally {
            holder.destroyForcibly();
        }
        assertThat(holder.waitFor(10, TimeUnit.SECONDS)).isTrue();

        try (DataFolder data = DataFolder.open(temporary)) {
            assertThat(data.boot()).isEqualTo(2);
        }
    }

    @Test
    void aFileInTheWayIsNamed() throws Exception {
        Path file = Files.writeString(temporary.resolve("file"), "text");

        assertThatExceptionOfType(DataFolder.Unusable.class)
                .isThrownBy(() -> DataFolder.open(file))
                .withMessageStartingWith("the data folder " + file + " cannot be ");
    }

    @Test
    void aFolderThatCannotBeWrittenSaysSo() {
        // Nobody, root neither, can make a folder there.
        assertThatExceptionOfType(DataFolder.Unusable.class)
                .isThrownBy(() -> DataFolder.open(Path.of("/proc/fos")))
                .withMessageStartingWith("the data folder /proc/fos cannot be used (");
    }

    @Test
    void aBootCountThatIsNoneIsNotGuessedAt() throws IOException {
        Files.writeString(temporary.resolve("boot"), "three");

        assertThatExceptionOfType(DataFolder.Unusable.class)
                .isThrownBy(() -> DataFolder.open(temporary))
                .withMessageContaining("holds a file boot that is not a number");
        assertThat(temporary.resolve("boot")).hasContent("three");
    }

    @Test
    void aNameThatH2CannotTakeIsRefused() {
        assertThatExceptionOfType(DataFolder.Unusable.class)
                .isThrownBy(() -> DataFolder.open(temporary.resolve("a;b")))
                .withMessageContaining("semicolon");
    }

    /** A process that takes the folder, says which boot it is, and lives until it is killed. */
    static final class Holder {
        public static void main(String[] arguments) throws Exception {
            try (DataFolder data = DataFolder.open(Path.of(arguments[0]))) {
                System.out.println(data.boot());
                System.in.read();
            }
        }
    }
}
