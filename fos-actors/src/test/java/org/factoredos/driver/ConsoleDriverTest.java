package org.factoredos.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.factoredos.driver.ConsoleDevice.AwaitInterrupt;
import org.factoredos.driver.ConsoleDevice.Interrupted;
import org.factoredos.driver.ConsoleProtocol.AskReading;
import org.factoredos.driver.ConsoleProtocol.ConsoleFailed;
import org.factoredos.driver.ConsoleProtocol.ConsoleRead;
import org.factoredos.driver.ConsoleProtocol.ConsoleWritten;
import org.factoredos.driver.ConsoleProtocol.ForegroundSet;
import org.factoredos.driver.ConsoleProtocol.LineRead;
import org.factoredos.driver.ConsoleProtocol.NoKeyPressed;
import org.factoredos.driver.ConsoleProtocol.ReadConsole;
import org.factoredos.driver.ConsoleProtocol.ReadInterrupted;
import org.factoredos.driver.ConsoleProtocol.ReadKeys;
import org.factoredos.driver.ConsoleProtocol.ReadLine;
import org.factoredos.driver.ConsoleProtocol.ReadingAnswered;
import org.factoredos.driver.ConsoleProtocol.SetForeground;
import org.factoredos.driver.ConsoleProtocol.WriteConsole;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Signal;
import org.factoredos.placement.PlacementProtocol.KillFamily;
import org.factoredos.placement.ProcessId;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("O6")
class ConsoleDriverTest {
    private static final int SHELL = 1;
    private static final int CAT = 2;
    private static final int EDITOR = 3;
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final Response BYTES = new Response.Answered(new ConsoleRead(Bytes.utf8("typed")));
    private static final Response LINE = new Response.Answered(new LineRead("ls"));

    private static final Response CTRL_C = new Response.Answered(new Interrupted());
    private static final ProcessId FIRST = new ProcessId(new ClientId(new NodeId(1), 1, 11));
    private static final ProcessId SECOND = new ProcessId(new ClientId(new NodeId(1), 1, 12));

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
    void whoWaitsForKeysIsToldThatTheShellHasTheTerminal() {
        Effect.Device keys = device(ask(CAT, new ReadKeys(10, SECOND_NANOS)));
        assertThat(keys.request()).isEqualTo(new ConsoleDevice.Keys(10, SECOND_NANOS));

        List<Effect> effects = ask(SHELL, new ReadLine("$ ", List.of()));

        assertThat(DriverTesting.replies(effects).getFirst().to()).isEqualTo(DriverTesting.client(CAT));
        List<Effect> behind = driver.on(device(effects).continuation(), LINE, 0);
        assertThat(behind).as("nobody has the terminal").noneMatch(Effect.Device.class::isInstance);
    }

    @Test
    void aProgramThatWasKilledWhileItReadTakesNoKeysFromAnEditor() {
        ask(CAT, new ReadConsole(10));
        Effect.Device keys = device(ask(EDITOR, new ReadKeys(10, SECOND_NANOS)));

        List<Effect> effects = driver.on(keys.continuation(), BYTES, 0);

        assertThat(DriverTesting.replies(effects).getFirst().to()).isEqualTo(DriverTesting.client(EDITOR));
        assertThat(effects).noneMatch(Effect.Device.class::isInstance);
    }

    @Test
    void whatWasTypedForAProgramThatWasKilledIsTheEditorsAndInOrder() {
        Effect.Device killed = device(ask(CAT, new ReadConsole(10)));
        Effect.Device keys = device(ask(EDITOR, new ReadKeys(3, SECOND_NANOS)));

        assertThat(answer(driver.on(killed.continuation(), typed("fi"), 0))).isEqualTo(read("fi"));
        assertThat(driver.on(keys.continuation(), typed("rst"), 0))
                .as("the editor has not asked again")
                .isEmpty();
        List<Effect> more = ask(EDITOR, new ReadKeys(3, SECOND_NANOS));
        assertThat(answer(more)).isEqualTo(read("rst"));
        assertThat(driver.on(device(more).continuation(), typed(" !"), 0))
                .as("nor now")
                .isEmpty();
        assertThat(answer(ask(EDITOR, new ReadKeys(3, SECOND_NANOS)))).isEqualTo(read(" !"));
    }

    @Test
    void ctrlCEndsTheReadsOfThoseWhomItEndsSoThatTheyTakeNothingMore() {
        Effect.Device watch = device(ask(SHELL, new SetForeground(List.of(FIRST))));
        Effect.Device read = device(ask(CAT, new ReadConsole(10)));

        List<Effect> effects = driver.on(watch.continuation(), CTRL_C, 0);
        assertThat(DriverTesting.replies(effects)).as("it says no last word").isEmpty();
        assertThat(answer(ask(CAT, new AskReading()))).isEqualTo(new ReadingAnswered(false));
        assertThat(driver.on(read.continuation(), typed("fi"), 0)).isEmpty();
        assertThat(answer(ask(EDITOR, new ReadKeys(3, SECOND_NANOS)))).isEqualTo(read("fi"));
    }

    private static Response typed(String text) {
        return new Response.Answered(read(text));
    }

    private static ConsoleRead read(String text) {
        return new ConsoleRead(Bytes.utf8(text));
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
    void ctrlCEndsWhatRunsInTheForegroundAndTheShellLearnsOfIt() {
        Effect.Device watch = device(ask(SHELL, new SetForeground(List.of(FIRST, SECOND))));

        List<Effect> effects = driver.on(watch.continuation(), CTRL_C, 0);

        assertThat(DriverTesting.calls(effects))
                .extracting(Effect.Call::request)
                .isEqualTo(List.of(new KillFamily(FIRST, Signal.INTERRUPT), new KillFamily(SECOND, Signal.INTERRUPT)));
        assertThat(DriverTesting.devices(effects))
                .anyMatch(each -> each.request().equals(new AwaitInterrupt()));
        assertThat(DriverTesting.replies(ask(SHELL, new SetForeground(List.of()))))
                .extracting(Effect.Reply::answer)
                .containsExactly(new ForegroundSet(true));
    }

    @Test
    void aProcessThatComesToTheForegroundAfterCtrlCIsEndedAtOnce() {
        List<Effect> prompted = ask(SHELL, new ReadLine("$ ", List.of()));
        driver.on(device(prompted).continuation(), LINE, 0);
        driver.on(DriverTesting.devices(prompted).getLast().continuation(), CTRL_C, 0);

        List<Effect> effects = ask(SHELL, new SetForeground(List.of(FIRST)));

        assertThat(DriverTesting.calls(effects))
                .extracting(Effect.Call::request)
                .isEqualTo(List.of(new KillFamily(FIRST, Signal.INTERRUPT)));
    }

    @Test
    void aNewLineIsNotInterruptedByAnOlderCtrlC() {
        Effect.Device watch = device(ask(SHELL, new SetForeground(List.of(FIRST))));
        driver.on(watch.continuation(), CTRL_C, 0);
        ask(SHELL, new ReadLine("$ ", List.of()));

        assertThat(DriverTesting.replies(ask(SHELL, new SetForeground(List.of(SECOND)))))
                .extracting(Effect.Reply::answer)
                .containsExactly(new ForegroundSet(false));
    }

    @Test
    void ctrlCEndsTheShellsOwnRead() {
        Effect.Device watch = device(ask(SHELL, new SetForeground(List.of())));
        ask(SHELL, new ReadConsole(10));

        assertThat(DriverTesting.replies(driver.on(watch.continuation(), CTRL_C, 0)))
                .extracting(Effect.Reply::answer)
                .containsExactly(new ReadInterrupted());
    }

    @Test
    void aTerminalThatIsSilentForAYearIsAskedAgain() {
        Effect.Device line = device(ask(SHELL, new ReadLine("$ ", List.of())));

        Effect.Device again = device(driver.on(line.continuation(), new Response.DeadlinePassed(), 0));

        assertThat(again.request()).isEqualTo(line.request());
    }

    @Test
    void theTerminalEndsAWaitForKeysAndWhereItIsBrokenTheDriverDoes() {
        Effect.Device keys = device(ask(EDITOR, new ReadKeys(10, SECOND_NANOS)));
        assertThat(keys.patienceNanos()).as("no race with the terminal").isGreaterThan(2 * SECOND_NANOS);

        assertThat(answer(driver.on(keys.continuation(), new Response.Answered(new NoKeyPressed()), SECOND_NANOS)))
                .isEqualTo(new NoKeyPressed());

        Effect.Device again = device(ask(EDITOR, new ReadKeys(10, SECOND_NANOS)));
        assertThat(answer(driver.on(again.continuation(), new Response.DeadlinePassed(), 20 * SECOND_NANOS)))
                .isEqualTo(new NoKeyPressed());
    }

    @Test
    void aProgramInTheBackgroundReadsNoKeysWhileTheShellIsAtItsPrompt() {
        Effect.Device line = device(ask(SHELL, new ReadLine("$ ", List.of())));

        assertThat(answer(ask(CAT, new ReadKeys(10, SECOND_NANOS)))).isInstanceOf(ConsoleFailed.class);
        assertThat(DriverTesting.replies(driver.on(line.continuation(), LINE, 0))
                        .getFirst()
                        .to())
                .isEqualTo(DriverTesting.client(SHELL));
    }

    @Test
    void ofTwoWhoReadKeysTheEarlierIsToldInTimeThatTheLaterHasThem() {
        ask(CAT, new ReadKeys(10, SECOND_NANOS));
        List<Effect> effects = ask(EDITOR, new ReadKeys(10, 5 * SECOND_NANOS));
        Effect.Timer turn = timer(effects);
        assertThat(turn.afterNanos()).isEqualTo(SECOND_NANOS);

        List<Effect> ended = driver.on(turn.continuation(), new Response.DeadlinePassed(), SECOND_NANOS);
        assertThat(answer(ended)).isEqualTo(new NoKeyPressed());
        assertThat(DriverTesting.replies(ended).getFirst().to()).isEqualTo(DriverTesting.client(CAT));

        assertThat(DriverTesting.replies(driver.on(device(effects).continuation(), BYTES, SECOND_NANOS))
                        .getFirst()
                        .to())
                .isEqualTo(DriverTesting.client(EDITOR));
    }

    @Test
    void whoReadsBehindAnEditorThatHasEndedIsServedByAndBy() {
        Effect.Device keys = device(ask(EDITOR, new ReadKeys(10, SECOND_NANOS)));
        driver.on(keys.continuation(), BYTES, 0);
        List<Effect> held = ask(CAT, new ReadConsole(10));
        assertThat(DriverTesting.devices(held))
                .as("the editor comes back for more")
                .isEmpty();

        Effect.Timer hold = timer(held);
        List<Effect> over = driver.on(hold.continuation(), new Response.DeadlinePassed(), hold.afterNanos());
        assertThat(device(over).request()).isEqualTo(new ConsoleDevice.Read(10));
    }

    @Test
    void theNextProcessOfALineReadsAtOnceBehindAnEditor() {
        Effect.Device keys = device(ask(EDITOR, new ReadKeys(10, SECOND_NANOS)));
        driver.on(keys.continuation(), BYTES, 0);
        ask(SHELL, new SetForeground(List.of(FIRST)));

        assertThat(device(ask(CAT, new ReadConsole(10))).request()).isEqualTo(new ConsoleDevice.Read(10));
    }

    @Test
    void aDriverSaysWhetherItStillHasARead() {
        assertThat(answer(ask(CAT, new AskReading()))).isEqualTo(new ReadingAnswered(false));

        Effect.Device read = device(ask(CAT, new ReadConsole(10)));
        assertThat(answer(ask(CAT, new AskReading()))).isEqualTo(new ReadingAnswered(true));

        driver.on(read.continuation(), BYTES, 0);
        assertThat(answer(ask(CAT, new AskReading()))).isEqualTo(new ReadingAnswered(false));
    }

    private static Payload answer(List<Effect> effects) {
        return DriverTesting.replies(effects).getFirst().answer();
    }

    private static Effect.Timer timer(List<Effect> effects) {
        return (Effect.Timer) effects.stream()
                .filter(Effect.Timer.class::isInstance)
                .findFirst()
                .orElseThrow();
    }

    private List<Effect> ask(int client, Payload.Request<?> request) {
        return driver.on(DriverTesting.request(client, ++call, request), 0);
    }

    private static Effect.Device device(List<Effect> effects) {
        return DriverTesting.devices(effects).getFirst();
    }
}
