package org.factoredos.driver;

import java.util.List;
import org.factoredos.driver.ConsoleProtocol.KeysReply;
import org.factoredos.driver.ConsoleProtocol.LineReply;
import org.factoredos.driver.ConsoleProtocol.ReadReply;
import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.factoredos.driver.ConsoleProtocol.WriteReply;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.server.DeviceRequest;

/**
 * What a {@link ConsoleDriver} asks of its terminal.
 *
 * <p>The terminal carries out writes in the order in which they begin, also while it waits for input. It waits for at most
 * one piece of input: a {@link Read}, {@link Keys} or {@link Line} that begins while another waits takes its place, and the other is
 * never answered. Input that has come in meanwhile is the new one's.
 */
public sealed interface ConsoleDevice {
    record Write(boolean error, Bytes data) implements ConsoleDevice, DeviceRequest<WriteReply> {}

    record Read(int most) implements ConsoleDevice, DeviceRequest<ReadReply> {}

    /**
     * Not echoed, and as each is pressed; from then on until a {@link Read} or a {@link Line} begins. The terminal itself ends
     * the wait, as a key that is pressed at its end is handed out or kept, and never lost.
     */
    record Keys(int most, long waitNanos) implements ConsoleDevice, DeviceRequest<KeysReply> {}

    record Line(String prompt, List<String> offers) implements ConsoleDevice, DeviceRequest<LineReply> {}

    /** Answered by the next Ctrl-C that edits no line; a later one takes an earlier's place. */
    record AwaitInterrupt() implements ConsoleDevice, DeviceRequest<Interrupted> {}

    record Interrupted() implements Payload {}

    record Size() implements ConsoleDevice, DeviceRequest<SizeAnswered> {}
}
