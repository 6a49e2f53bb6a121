package org.factoredos.local;

import java.time.Instant;
import java.util.Optional;

/**
 * A process that may have ended by now.
 *
 * @param startedMillis when it started, since 1970; so that another process that got its number is not taken for it
 */
public record ProcessRef(long pid, long startedMillis) {
    static ProcessRef of(ProcessHandle process) {
        return new ProcessRef(process.pid(), startedMillis(process));
    }

    /** Empty where it has ended. */
    public Optional<ProcessHandle> living() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                // One that was killed, and whose end nobody has taken note of, has no program any more.
                .filter(found -> found.info().command().isPresent())
                .filter(found -> startedMillis(found) == startedMillis);
    }

    private static long startedMillis(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }
}
