package org.factoredos.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import org.factoredos.grid.NodeId;
import org.factoredos.lib.Fos;
import org.factoredos.lib.MemoryGrid;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The nodes of a new grid greet at the same time. */
class GreetingTest {
    private final MemoryGrid grid = new MemoryGrid(Map.of());

    /** Whichever of a node's system calls the other node overtakes. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void anotherNodeGreetsInBetween(int call) throws IOException {
        Fos overtaken = overtakenAt(call);

        assertThat(Greeting.write(overtaken, new NodeId(1), "one")).isTrue();

        assertThat(grid.text("/etc/motd")).startsWith("Welcome to fos");
        assertThat(grid.namesIn("/etc")).containsExactly("motd");
    }

    /** System calls of a process, before whose {@code number}th another node does all of its own. */
    private Fos overtakenAt(int number) {
        int[] calls = new int[1];
        return (Fos) Proxy.newProxyInstance(
                Fos.class.getClassLoader(), new Class<?>[] {Fos.class}, (self, method, with) -> {
                    if (++calls[0] == number) {
                        Greeting.write(grid.process(), new NodeId(2), "two");
                    }
                    try {
                        return method.invoke(grid.process(), with);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
