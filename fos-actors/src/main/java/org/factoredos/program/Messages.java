package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.SendResult;
import org.factoredos.lib.Fos;
import org.factoredos.lib.TextMessage;

/** {@code msend}: a line of text into a mailbox (§3.1.1); what the microkernel says of it is the exit status. */
final class Messages {
    static final Command MSEND = new Command(
            new Usage(
                    Usage.Group.NAMING,
                    "msend",
                    "NAME|ADDRESS TEXT...",
                    "sends a line of text to a mailbox",
                    "mbox create inbox; msend inbox good morning; mrecv inbox"),
            Messages::send);

    private Messages() {}

    private static int send(Fos fos, List<String> arguments) throws IOException {
        // What follows the mailbox is text, whatever it looks like.
        Options options =
                Options.of(MSEND.usage(), "", arguments.stream().limit(1).toList());
        String text = options.operands(1, 1).getFirst();
        if (arguments.size() == 1) {
            throw options.wrong("no text to send");
        }
        Optional<Address> address = Address.parse(text);
        Destination to = address.isPresent() ? address.get() : new Name(text);
        SendResult result = fos.send(to, new TextMessage(String.join(" ", arguments.subList(1, arguments.size()))));
        if (result == SendResult.ACCEPTED) {
            return 0;
        }
        Text.complain(fos, text + ": " + result.sentence());
        return 1;
    }
}
