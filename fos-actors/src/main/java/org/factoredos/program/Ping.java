package org.factoredos.program;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.SendResult;
import org.factoredos.lib.Fos;
import org.factoredos.lib.PipeProtocol;

/**
 * {@code ping}: how long a message takes into another client's mailbox, and the answer of that client's microkernel back.
 *
 * <p>The message means nothing, so that any client may get it: a server drops it as a stranger's, and a process takes it
 * from its pipe as a sign that somebody looks after it. Whether the client itself is well it does not tell.
 */
final class Ping {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.NAMING,
                    "ping",
                    "[-c COUNT] NAME|ADDRESS",
                    "measures messages to a mailbox, there and back (-c: how many, 5 unless told)",
                    "ping sys:fs"),
            Ping::run);

    private static final String ROUNDS_UNLESS_TOLD = "5";

    private Ping() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "c:", arguments);
        String text = options.operands(1, 1).getFirst();
        String count = options.value('c').orElse(ROUNDS_UNLESS_TOLD);
        if (!count.matches("[1-9]\\d{0,5}")) {
            throw options.wrong("'" + count + "' is no number of messages");
        }
        Optional<Address> address = Address.parse(text);
        Destination to = address.isPresent() ? address.get() : new Name(text);
        double[] micros = new double[Integer.parseInt(count)];
        int accepted = 0;
        for (int round = 1; round <= micros.length; round++) {
            long sent = fos.nanoTime();
            SendResult result = fos.send(to, new PipeProtocol.PipeProbed());
            double taken = (fos.nanoTime() - sent) / 1e3;
            if (result == SendResult.ACCEPTED) {
                micros[accepted++] = taken;
                Text.printLine(fos, String.format(Locale.ROOT, "%s: message %d: %.1f us", text, round, taken));
            } else {
                Text.complain(fos, text + ": " + result.sentence());
            }
        }
        Text.printLine(fos, micros.length + " sent, " + accepted + " accepted" + spread(micros, accepted));
        return accepted == micros.length ? 0 : 1;
    }

    private static String spread(double[] micros, int count) {
        if (count == 0) {
            return "";
        }
        double[] sorted = Arrays.copyOf(micros, count);
        Arrays.sort(sorted);
        return String.format(
                Locale.ROOT,
                "; least %.1f us, median %.1f us, most %.1f us",
                sorted[0],
                sorted[count / 2],
                sorted[count - 1]);
    }
}
