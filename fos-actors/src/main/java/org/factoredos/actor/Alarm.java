package org.factoredos.actor;

import akka.actor.typed.javadsl.TimerScheduler;
import java.time.Duration;

/**
 * The one timer of a host, armed lazily: it is never cancelled and only ever moved to an earlier time. A core whose calls
 * are answered in time pays for a timer once in a patience, not once a call.
 */
public final class Alarm<C> {
    private static final long NEVER = Long.MAX_VALUE;
    /** Akka's wheel has an end (248 days); an alarm that rings too early is set again by the turn that it causes. */
    private static final long LONGEST_NANOS = Duration.ofDays(1).toNanos();

    private final TimerScheduler<C> timers;
    private final C due;
    private long setFor = NEVER;

    public Alarm(TimerScheduler<C> timers, C due) {
        this.timers = timers;
        this.due = due;
    }

    /** {@code deadline} is on the clock that {@code now} was read from; {@link Long#MAX_VALUE} for none. */
    public void wantedAt(long deadline, long now) {
        if (deadline == NEVER || (setFor != NEVER && setFor - deadline <= 0)) {
            return;
        }
        long after = Math.clamp(deadline - now, 0, LONGEST_NANOS);
        setFor = now + after;
        timers.startSingleTimer(due, due, Duration.ofNanos(after));
    }

    /** It rang. */
    public void rang() {
        setFor = NEVER;
    }
}
