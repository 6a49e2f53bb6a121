package org.factoredos.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.factoredos.driver.ConsoleProtocol.ConsoleRead;
import org.factoredos.driver.ConsoleProtocol.ConsoleWritten;
import org.factoredos.driver.ConsoleProtocol.LineRead;
import org.factoredos.driver.ConsoleProtocol.ReadConsole;
import org.factoredos.driver.ConsoleProtocol.ReadLine;
import org.factoredos.driver.ConsoleProtocol.WriteConsole;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("O6")
class ConsoleDriverTest {
    private static final int SHELL = 1;
    private static final int CAT = 2;
    private static final Response BYTES = new Response.Answered(new ConsoleRead(Bytes.utf8("typed")));
    private static final Response LINE = new Response.Answered(new LineRead("ls"));

    private final ConsoleDriver driver = new ConsoleDriver();
    private long call;

    @Test
    void aLineThatIsWaitedForHoldsUpNoOutput() {
        ask(SHELL, new ReadLine("$ ", List.of()));

        Effect.Device write = device(ask(CAT, new WriteConsole(false, Bytes.utf8("out"))));
        List<Effect> effects = driver.on(write.continuation(), new Response.Answered(new ConsoleWritten()), 0);

        assertThat(DriverTesting.replies(effects).getFirst().to()).isEqualTo(DriverTesting.client(CAT));
    }

    @Test
    void aProgramInTheBackgroundTakesNoInputFromTheShell() {
        Effect.Device line = device(ask(SHELL, new ReadLine("$ ", List.of())));
        assertThat(ask(CAT, new ReadConsole(10))).isEmpty();

        List<Effect> effects = driver.on(line.continuation(), LINE, 0);

        assertThat(DriverTesting.replies(effects).getFirst().to()).isEqualTo(DriverTesting.client(SHELL));
        assertThat(device(effects).request()).isEqualTo(new ConsoleDevice.Read(10));
    }

    @Test
    void aProgramThatWasKilledWhileItReadTakesNoInputFromTheShell() {
        Effect.Device read = device(ask(CAT, new ReadConsole(10)));
        Effect.Device line = device(ask(SHELL, new ReadLine("$ ", List.of())));

        assertThat(driver.on(read.continuation(), BYTES, 0)).isEmpty();
        assertThat(DriverTesting.replies(driver.on(line.continuation(), LINE, 0))
                        .getFirst()
                        .to())
                .isEqualTo(DriverTesting.client(SHELL));
    }

    @Test
    void whoAsksAgainHasGivenUpTheFirstTime() {
        Effect.Device first = device(ask(SHELL, new ReadLine("$ ", List.of())));
        Effect.Device second = device(ask(SHELL, new ReadLine("$ ", List.of("ls"))));

        assertThat(driver.on(first.continuation(), LINE, 0)).isEmpty();
        List<Effect> effects = driver.on(second.continuation(), LINE, 0);
        assertThat(DriverTesting.replies(effects).getFirst().call()).isEqualTo(call);
        assertThat(DriverTesting.devices(effects)).isEmpty();
    }

    @Test
    void aTerminalThatIsSilentForAYearIsAskedAgain() {
        Effect.Device line = device(ask(SHELL, new ReadLine("$ ", List.of())));

        Effect.Device again = device(driver.on(line.continuation(), new Response.DeadlinePassed(), 0));

        assertThat(again.request()).isEqualTo(line.request());
    }

    private List<Effect> ask(int client, Payload.Request<?> request) {
        return driver.on(DriverTesting.request(client, ++call, request), 0);
    }

    private static Effect.Device device(List<Effect> effects) {
        return DriverTesting.devices(effects).getFirst();
    }
}
