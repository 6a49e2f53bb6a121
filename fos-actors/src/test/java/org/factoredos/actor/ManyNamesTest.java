package org.factoredos.actor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.factoredos.kernel.Address;
import org.factoredos.lib.Fos;
import org.factoredos.naming.NameProtocol.Flags;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory with many names in one namespace, and with many namespaces, answers as quickly as one with few. */
@Tag("N10")
class ManyNamesTest {
    private static final int NAMES = 10_000;
    private static final int NAMESPACES = 1_000;
    /** Of the first and of the last operations; the compiler is still at work for the very first. */
    private static final int COMPARED = 200;
    /** What a machine that does something else at the time may add. */
    private static final long NOISE_NANOS = 2_000_000;

    private interface Operation {
        void on(int number) throws IOException;
    }

    @Test
    void tenThousandNamesAndAThousandNamespacesAreAsQuickAsAFew(@TempDir Path host) throws Exception {
        CompletableFuture<String> slow = new CompletableFuture<>();
        try (WholeNode node = new WholeNode(Map.of("many", (fos, arguments) -> many(fos, slow)), host)) {
            assertThat(node.run("many")).isZero();
        }

        assertThat(slow.join()).isEmpty();
    }

    private static int many(Fos fos, CompletableFuture<String> slow) throws IOException {
        Address mailbox = fos.createMailbox(1, 1024);
        fos.claimNamespace("many:*");
        List<String> found = new ArrayList<>();
        found.add(compared("claim", NAMESPACES, number -> fos.claimNamespace("many:space" + number + ":*")));
        found.add(compared("register", NAMES, number -> fos.register(mailbox, "many:name" + number, Flags.SINGLE)));
        found.add(compared("resolve", NAMES, number -> fos.resolve("many:name" + number)));
        found.add(compared("delete", NAMES, number -> fos.deleteName("many:name" + number)));
        slow.complete(String.join("", found));
        return 0;
    }

    /** Empty where the last are as quick as the first. */
    private static String compared(String what, int count, Operation operation) throws IOException {
        long[] took = new long[count];
        for (int i = 0; i < count; i++) {
            long begun = System.nanoTime();
            operation.on(i);
            took[i] = System.nanoTime() - begun;
        }
        long first = median(took, COMPARED);
        long last = median(took, count - COMPARED);
        return last <= 2 * first + NOISE_NANOS
                ? ""
                : what + " took " + first / 1000 + " us at first, and " + last / 1000 + " us at last; ";
    }

    private static long median(long[] took, int from) {
        return Arrays.stream(took, from, from + COMPARED)
                .sorted()
                .skip(COMPARED / 2)
                .findFirst()
                .orElseThrow();
    }
}
