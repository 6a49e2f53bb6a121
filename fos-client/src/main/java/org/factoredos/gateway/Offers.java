package org.factoredos.gateway;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What this node's sessions have for the programs that placement starts for them. An offer's number is the one argument
 * of its program, which finds it only on the node that made it.
 */
final class Offers<T> {
    private final Map<String, T> open = new ConcurrentHashMap<>();
    private final AtomicLong last = new AtomicLong();

    /** The argument that a program is to be started with. */
    String make(T offered) {
        String number = Long.toString(last.incrementAndGet());
        open.put(number, offered);
        return number;
    }

    /** No program will come for it. */
    void withdraw(String number) {
        open.remove(number);
    }

    /** What the program with these arguments was started for; null where nobody offers it, or not here. */
    @Nullable
    T take(List<String> arguments) {
        return arguments.size() == 1 ? open.remove(arguments.getFirst()) : null;
    }
}
