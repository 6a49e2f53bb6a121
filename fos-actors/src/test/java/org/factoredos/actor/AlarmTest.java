package org.factoredos.actor;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Behaviors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class AlarmTest {
    private static final ActorTestKit KIT = ActorTestKit.create();

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void aDeadlineBeyondAkkasTimersHarmsNoServer() {
        TestProbe<String> probe = KIT.createTestProbe();
        ActorRef<String> host = KIT.spawn(Behaviors.<String>withTimers(timers -> {
            Alarm<String> alarm = new Alarm<>(timers, "due");
            return Behaviors.receiveMessage(message -> {
                alarm.wantedAt(System.nanoTime() + TimeUnit.DAYS.toNanos(365), System.nanoTime());
                probe.ref().tell(message);
                return Behaviors.same();
            });
        }));

        host.tell("waits for a person");
        host.tell("goes on");

        probe.expectMessage("waits for a person");
        probe.expectMessage("goes on");
    }
}
