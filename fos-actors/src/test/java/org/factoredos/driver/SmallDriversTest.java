package org.factoredos.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.driver.ClockProtocol.AskTime;
import org.factoredos.driver.ClockProtocol.ClockFailed;
import org.factoredos.driver.ClockProtocol.TimeTold;
import org.factoredos.driver.EntropyProtocol.AskEntropy;
import org.factoredos.driver.EntropyProtocol.EntropyFailed;
import org.factoredos.driver.EntropyProtocol.EntropyGiven;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.SendResult;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The drivers of the clock, of the source of chance and of the network card: each asks its device, and says what it heard. */
@Tag("O6")
class SmallDriversTest {
    @Test
    void theClockIsAskedForEachAnswer() {
        ClockDriver driver = new ClockDriver();
        Effect.Device asked = DriverTesting.devices(driver.on(DriverTesting.request(1, 1, new AskTime()), 0))
                .getFirst();
        assertThat(asked.request()).isEqualTo(new ClockDevice());

        var told = new TimeTold(5, 6);
        assertThat(reply(driver.on(asked.continuation(), new Response.Answered(told), 0)))
                .isEqualTo(told);
        assertThat(reply(driver.on(asked.continuation(), new Response.SendRefused(SendResult.PERMISSION_DENIED), 0)))
                .isEqualTo(new ClockFailed());
    }

    @Test
    void chanceIsGivenInBoundedPieces() {
        EntropyDriver driver = new EntropyDriver();
        Effect.Device asked = DriverTesting.devices(driver.on(DriverTesting.request(1, 1, new AskEntropy(16)), 0))
                .getFirst();
        var given = new EntropyGiven(Bytes.owning(new byte[16]));
        assertThat(reply(driver.on(asked.continuation(), new Response.Answered(given), 0)))
                .isEqualTo(given);

        for (int count : new int[] {0, -1, EntropyProtocol.MOST_BYTES + 1}) {
            assertThat(reply(driver.on(DriverTesting.request(1, 2, new AskEntropy(count)), 0)))
                    .isEqualTo(new EntropyFailed());
        }
    }

    @Test
    void theHostsChanceIsNotTheSameTwice() {
        HostEntropy source = new HostEntropy();
        var first = new ArrayList<EntropyGiven>();
        for (int i = 0; i < 2; i++) {
            source.begin(new EntropyDevice(32), answer -> first.add((EntropyGiven) answer));
        }
        assertThat(first).hasSize(2).extracting(given -> given.data().length()).containsOnly(32);
        assertThat(first.getFirst()).isNotEqualTo(first.getLast());
    }

    @Test
    void theCardIsForTheNetworkServersAlone() {
        CardDriver driver = new CardDriver();
        Envelope strange = DriverTesting.request(1, 1, new NetworkProtocol.OpenLine(true));
        assertThat(driver.on(strange, 0)).isEmpty();

        Envelope fleet = in("sys:net", strange);
        Effect.Device asked = DriverTesting.devices(driver.on(fleet, 0)).getFirst();
        assertThat(asked.request())
                .isEqualTo(new CardDevice(fleet.from().client(), fleet.to(), new NetworkProtocol.OpenLine(true)));
        assertThat(reply(driver.on(asked.continuation(), new Response.SendRefused(SendResult.QUEUE_FULL), 0)))
                .isEqualTo(new NetworkProtocol.Refused(NetworkError.BUSY));
        assertThat(driver.on(asked.continuation(), new Response.DeadlinePassed(), 0))
                .as("nothing definite can be said")
                .isEmpty();
        assertThat(driver.on(
                        in(
                                "sys:net",
                                DriverTesting.request(
                                        1, 1, new NetworkProtocol.ListSockets(NetworkProtocol.Reach.NODE))),
                        0))
                .isEmpty();
    }

    private static Envelope in(String domain, Envelope envelope) {
        return new Envelope(
                envelope.to(),
                envelope.from(),
                domain,
                envelope.kind(),
                envelope.call(),
                envelope.settled(),
                envelope.payload(),
                null);
    }

    private static Object reply(List<Effect> effects) {
        return DriverTesting.replies(effects).getFirst().answer();
    }
}
